"""Recognizes examples that repeat an earlier one."""

from collections import defaultdict

from core.data.synthesis.judging.reasons import DUPLICATE, NEAR_DUPLICATE
from core.data.synthesis.judging.wording import NUMBER, plain, said_by, words_of
from core.examples.example import question_text

NEAR = 0.7
"""Two examples are near duplicates from this Jaccard similarity of word 3-shingles, question and answer together."""


class Seen:
    """The examples accepted so far.

    Exact, with an index of shingles instead of MinHash: a model writes far more slowly than this search grows.
    """

    def __init__(self):
        self._questions: set[str] = set()
        self._sizes: list[int] = []
        self._holders: dict[int, list[int]] = defaultdict(list)

    def add_question(self, question: str) -> None:
        """Reject examples with this question from now on."""
        self._questions.add(plain(question))

    def problem(self, example: dict[str, str]) -> str | None:
        """DUPLICATE or NEAR_DUPLICATE if the example is one; otherwise None, and the example is remembered."""
        question = question_text(example)
        if plain(question) in self._questions:
            return DUPLICATE
        shingles = _shingles(f"{question} {said_by(example, 'assistant')}")
        shared: dict[int, int] = defaultdict(int)
        for shingle in shingles:
            for holder in self._holders[shingle]:
                shared[holder] += 1
        if any(both >= NEAR * (len(shingles) + self._sizes[holder] - both) for holder, both in shared.items()):
            return NEAR_DUPLICATE
        self.add_question(question)
        for shingle in shingles:
            self._holders[shingle].append(len(self._sizes))
        self._sizes.append(len(shingles))
        return None


def _shingles(text: str) -> set[int]:
    words = words_of(text) + NUMBER.findall(text)
    return {hash(tuple(words[start : start + 3])) for start in range(max(len(words) - 2, 1))}
