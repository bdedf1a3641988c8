"""Recognizes datasets whose answers are labels: few different, short ones, as in classification."""

import numpy as np

from core.data.overlap.selection import Selection
from core.examples.example import LONGEST_LABEL_WORDS, MOST_LABELS, answer_text
from core.specs import Shape

_FIRST = 10_000
"""Answers checked before all are counted: if these are too varied, they are texts."""


def answer_labels(selection: Selection, shape: Shape) -> dict[str, int]:
    """Each label with its number of examples, the most frequent first; empty if the answers are texts.

    Answers are labels if on average each occurs at least twice and none has more than a few words.
    """
    if shape not in (Shape.INSTRUCTION, Shape.CHAT):
        return {}
    mine = selection.indices
    answers = selection.kept.answers[mine]
    if len(np.unique(answers[:_FIRST])) > MOST_LABELS:
        return {}
    _, first, counts = np.unique(answers, return_index=True, return_counts=True)
    if not 2 <= len(counts) <= min(MOST_LABELS, len(mine) / 2):
        return {}
    texts = [answer_text(example) for example in selection.kept.examples(mine[first])]
    if max(len(text.split()) for text in texts) > LONGEST_LABEL_WORDS:
        return {}
    found = sorted(zip(texts, counts.tolist(), strict=True), key=lambda one: (-one[1], one[0]))
    return dict(found)
