"""Checks examples one by one: language, personal data, refusals, truncated answers, frequent words."""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from core.data.cleaning import find_personal_data, language_of, looks_refused, looks_truncated
from core.data.overlap.selection import Selection
from core.data.report.pools import spread_out
from core.data.screening.examples import Examples, whole_text
from core.examples.example import answer_text, question_text, reasoning_text
from core.processes.pool import Pool

_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON_WORDS = """
    about above after again also another answer because been before being below best between both could describe does
    doing down during each example explain find following from further generate give given have here identify into just
    like list make many might more most much must name need other over please provide rewrite same sentence should show
    some such take tell text than that their them then there these they this those through under used using very want
    were what when where which while will with word words would write your
"""
_COMMON = frozenset(_COMMON_WORDS.split())


@dataclass
class Quality:
    """The results of checking a number of examples; lists of examples are indices."""

    checked: int = 0
    """The number of examples."""
    languages: Counter = field(default_factory=Counter)
    personal: list[int] = field(default_factory=list)
    """Examples with personal data."""
    personal_kinds: Counter = field(default_factory=Counter)
    refused: list[int] = field(default_factory=list)
    """Examples whose answer is a refusal."""
    truncated: list[int] = field(default_factory=list)
    """Examples whose answer looks cut off."""
    frequent: Counter = field(default_factory=Counter)
    """Words, with the number of questions that contain them."""

    def update(self, other: "Quality") -> None:
        """Add the results for other examples."""
        self.checked += other.checked
        for name in ("personal", "refused", "truncated"):
            getattr(self, name).extend(getattr(other, name))
        for name in ("languages", "personal_kinds", "frequent"):
            getattr(self, name).update(getattr(other, name))


def check_quality(selection: Selection, indices: np.ndarray, pool: Pool | None = None) -> Quality:
    """Check the examples at `indices`."""
    found = Quality()
    for part in spread_out(partial(QualityChecker, selection.kept), indices, pool):
        found.update(part)
    return found


class QualityChecker:
    """Checks pieces of the examples. Runs in several processes if there are many."""

    def __init__(self, examples: Examples):
        self._examples = examples

    def __call__(self, indices: np.ndarray) -> Quality:
        found = Quality(checked=len(indices))
        for index, example in zip(indices.tolist(), self._examples.examples(indices), strict=True):
            text = whole_text(example)
            found.languages[language_of(text)[0]] += 1
            if personal := find_personal_data(f"{text}\n{reasoning_text(example)}"):
                found.personal.append(index)
                found.personal_kinds.update({one.kind for one in personal})
            answer = answer_text(example)
            if looks_refused(answer):
                found.refused.append(index)
            if looks_truncated(answer):
                found.truncated.append(index)
            found.frequent.update(set(_WORD.findall((question_text(example) or text).lower())) - _COMMON)
        return found
