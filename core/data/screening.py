"""Turns rows into clean examples and decides which stay, with every row counted as kept or as dropped for a reason."""

import re

from core.data.cleaning import clean
from core.data.columns import LABELS, ROLES
from core.data.datasets import read_split
from core.data.report import Tally
from core.data.rows import Row
from core.data.validation import (
    Drop,
    Example,
    count_words,
    example_digest,
    form_problem,
    hopelessly_long,
    question_digest,
    questions,
)
from core.jobs import PrepareSpec, Split

# Whoever asks for HTML wants the tags in the answer.
_MARKUP = re.compile(r"\b(html|xml|css|svg)\b", re.IGNORECASE)


class Screen:
    """Lets clean, valid examples through, each once."""

    def __init__(self, spec: PrepareSpec, columns: dict[str, str]):
        """`columns` are the source's columns by role."""
        self.tally = Tally()
        self.columns = [*ROLES, *(label for label in LABELS if label in columns)]
        self.question_digests: list[int] = []
        self._source_columns = columns
        self._spec = spec
        self._seen: set[bytes] = set()
        self._excluded = _questions_of(spec.exclude_dataset) if spec.exclude_dataset else set()

    def example(self, row: Row) -> Example | None:
        """The clean example of `row`, or None when the row is dropped."""
        self.tally.read += 1
        problem, example, words, cleaned_by = row.problem, {}, 0, set()
        if not problem:
            problem, example, words, cleaned_by = self._cleaned(row.values)
        if not problem and self._is_duplicate(example):
            self.tally.duplicates += 1
            problem = Drop.DUPLICATE if self._spec.dedupe == "exact" else None
        if problem:
            self.tally.drop(problem, row.number)
            return None
        self.tally.keep(example, words, cleaned_by)
        self.question_digests.append(question_digest(example))
        return example

    def _cleaned(self, values: dict[str, object]) -> tuple[Drop | None, Example, int, set[str]]:
        texts = {name: _text(values.get(self._source_columns.get(name))) for name in self.columns}
        if None in texts.values():
            return Drop.NOT_TEXT, {}, 0, set()
        if hopelessly_long(texts.values(), self._spec.max_words):
            return Drop.TOO_LONG, {}, 0, set()
        example, cleaned_by = {}, set()
        about_html = bool(_MARKUP.search(texts["instruction"]))
        for name, text in texts.items():
            example[name], steps = clean(text, keep_html=about_html and name in ("input", "output"))
            cleaned_by.update(steps)
        words = count_words(*(example[role] for role in ROLES))
        problem = form_problem(example, words, self._spec.min_words, self._spec.max_words)
        if not problem and self._excluded and questions(example) & self._excluded:
            problem = Drop.EXCLUDED
        return problem, example, words, cleaned_by

    def _is_duplicate(self, example: Example) -> bool:
        digest = example_digest(example)
        if digest in self._seen:
            return True
        self._seen.add(digest)
        return False


def _questions_of(dataset: str) -> set[str]:
    return {text for example in read_split(dataset, Split.TRAIN) for text in questions({"input": "", **example})}


def _text(value: object) -> str | None:
    """A cell as text; None for what cannot be one."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) else None
