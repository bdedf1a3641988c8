"""ROUGE as rouge-score computes it, without stemming, with words of any script, by faster arithmetic."""

from collections import Counter

import numpy as np

from core.evaluation.metrics.measure import LocalMetric, Measure, Measures
from core.evaluation.metrics.words import words

NAMES = ("rouge1", "rouge2", "rougeL", "rougeLsum")


class Rouge(LocalMetric):
    """F-measures of shared words and pairs of words (rouge1, rouge2; Lin 2004), and of the longest common subsequence.

    rougeL takes an answer as one sequence; rougeLsum line by line, as ROUGE-1.5.5 does for summaries.
    """

    def _compute(self, predictions: list[str], references: list[str]) -> Measures:
        rows = [rouge(*pair) for pair in zip(predictions, references, strict=True)]
        return {name: Measure(column) for name, column in zip(NAMES, np.array(rows).T, strict=True)}


def rouge(prediction: str, reference: str) -> tuple[float, float, float, float]:
    """ROUGE-1, -2, -L and -Lsum of one answer, each from 0 to 1."""
    said, expected = words(prediction), words(reference)
    longest = common_length(expected, said)
    whole = _f1(longest, len(said), len(expected))
    by_line = _by_line(prediction, reference) if "\n" in prediction or "\n" in reference else whole
    pairs = _shared(list(zip(said, said[1:], strict=False)), list(zip(expected, expected[1:], strict=False)))
    return _shared(said, expected), pairs, whole, by_line


def _shared(said: list, expected: list) -> float:
    counts = Counter(expected)
    hits = sum(min(count, counts[item]) for item, count in Counter(said).items() if item in counts)
    return _f1(hits, len(said), len(expected))


def _f1(hits: int, said: int, expected: int) -> float:
    return 2 * hits / (said + expected) if hits else 0.0


def _by_line(prediction: str, reference: str) -> float:
    """The union over the answer's lines of what each shares with a line of the reference; no word counts twice."""
    said, expected = ([words(line) for line in text.split("\n") if line] for text in (prediction, reference))
    left_said, left_expected = (Counter(word for line in lines for word in line) for lines in (said, expected))
    sizes, hits = (left_said.total(), left_expected.total()), 0
    for line in expected:
        for place in sorted(set().union(*(common_places(line, other) for other in said))):
            word = line[place]
            if left_said[word] > 0 and left_expected[word] > 0:
                hits += 1
                left_said[word] -= 1
                left_expected[word] -= 1
    return _f1(hits, *sizes)


def common_length(first: list[str], second: list[str]) -> int:
    """The length of the longest common subsequence."""
    *_, last = _columns(first, second)
    return len(first) - last.bit_count()


def common_places(first: list[str], second: list[str]) -> set[int]:
    """Where in `first` a longest common subsequence lies: of several, the one that rouge-score takes."""
    columns = list(_columns(first, second))
    row, column, places = len(first), len(second), set()
    while row and column:
        if first[row - 1] == second[column - 1]:
            places.add(row - 1)
            row, column = row - 1, column - 1
        elif columns[column] >> (row - 1) & 1:
            row -= 1
        else:
            column -= 1
    return places


def _columns(first: list[str], second: list[str]) -> list[int]:
    """The table of the longest common subsequence, a column per word of `second`, all rows in the bits of one integer.

    A bit is 0 where the length grows from a word of `first` to the next: Hyyrö 2004, "Bit-parallel LCS-length
    computation revisited". One addition takes the place of as many comparisons as `first` has words.
    """
    places: dict[str, int] = {}
    for place, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << place
    mask = (1 << len(first)) - 1
    column, columns = mask, [mask]
    for word in second:
        if matches := column & places.get(word, 0):
            column = (column + matches | column - matches) & mask
        columns.append(column)
    return columns
