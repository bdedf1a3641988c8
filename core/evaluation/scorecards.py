"""Gathers what each role answered and scored on the same examples: the scorecards, and the rows behind them."""

from tempfile import TemporaryDirectory

import numpy as np

from core.evaluation.labels import label_matches
from core.evaluation.metrics.intervals import mean_with_interval, share_with_interval
from core.evaluation.metrics.likelihood import AnswerLikelihood
from core.evaluation.metrics.overlap import AnswerOverlap
from core.evaluation.scorers import AnswerLosses
from core.examples.example import answer_text, question_text
from core.specs import SCORE_NAMES

_ROLES = ("base", "tuned", "gguf", "nearest")
_PAIRED = ("exact_match", "accuracy", "f1", "rouge1", "rouge2", "rougeL")
"""Metrics that are means over examples, so that two roles can be compared example by example."""


class Scorecards:
    """The scores of each role on `examples`; of `labels` their accuracy comes first.

    Scores are of the answers alone, not of the reasoning before them.
    """

    def __init__(self, examples: list[dict], labels: bool = False):
        self._labels = labels
        self._names = sorted(SCORE_NAMES, key=lambda name: name != "accuracy") if labels else SCORE_NAMES
        self._cards: dict[str, dict] = {}
        self._how: dict[str, str] = {}
        self._rows = [
            {
                "instruction": example.get("instruction") or question_text(example),
                "input": example.get("input") or "",
                "reference": answer_text(example),
                "topic": example.get("topic") or "",
                "predictions": {},
                "scores": {},
            }
            for example in examples
        ]

    def add(self, role: str, how: str, predictions: list[str] | None, losses: AnswerLosses | None = None) -> None:
        """Score the answers of `role` where it gave any, and how likely it found the references where it was asked."""
        measured = []
        if predictions is not None:
            references = [without_reasoning(row["reference"]) for row in self._rows]
            said = list(map(without_reasoning, predictions))
            measured.append(_computed(AnswerOverlap, predictions=said, references=references))
            if self._labels:
                _score_labels(measured[-1], said, references)
        if losses:
            measured.append(_computed(AnswerLikelihood, **losses._asdict()))
        scores = {name: score for part in measured for name, score in part["scores"].items()}
        self._cards[role] = {name: scores[name] for name in self._names if name in scores}
        self._how[role] = how
        for number, row in enumerate(self._rows):
            if predictions is not None:
                row["predictions"][role] = predictions[number]
            row["scores"][role] = {name: score for part in measured for name, score in part["examples"][number].items()}

    @property
    def cards(self) -> dict[str, dict]:
        """Role → metric → {"value", "low", "high"}."""
        return {role: self._cards[role] for role in _ROLES if role in self._cards}

    @property
    def how(self) -> dict[str, str]:
        """Role → what was scored, in words."""
        return {role: self._how[role] for role in _ROLES if role in self._how}

    @property
    def differences(self) -> dict[str, dict]:
        """Other role → metric → how far the tuned model is above it: {"value", "low", "high"}, of paired examples.

        Both answered the same questions, so the difference of each is resampled: an interval that leaves out 0 tells
        the two apart even where their own intervals overlap.
        """
        others = [role for role in self.cards if role != "tuned"] if "tuned" in self._cards else []
        return {role: self._above(role) for role in others}

    def _above(self, other: str) -> dict[str, dict]:
        scores = [(row["scores"]["tuned"], row["scores"][other]) for row in self._rows]
        names = [name for name in _PAIRED if all(name in tuned and name in its for tuned, its in scores)]
        return {
            name: mean_with_interval(np.array([tuned[name] - its[name] for tuned, its in scores])) for name in names
        }

    @property
    def rows(self) -> list[dict]:
        """One row an example: its texts, and the predictions and scores of every role."""
        return self._rows


def without_reasoning(text: str) -> str:
    """An answer without the reasoning before it; nothing where that never came to an end."""
    if "</think>" in text:
        return text.rpartition("</think>")[2].strip()
    return "" if text.lstrip().startswith("<think>") else text


def _score_labels(measured: dict, said: list[str], references: list[str]) -> None:
    """Put the accuracy of labels in the place of that of texts."""
    matches = label_matches(said, references)
    measured["scores"]["accuracy"] = share_with_interval(matches)
    for example, match in zip(measured["examples"], matches.tolist(), strict=True):
        example["accuracy"] = match


def _computed(module: type, **inputs) -> dict:
    with TemporaryDirectory() as folder:  # the library insists on a cache folder, even to keep nothing in it
        return module(keep_in_memory=True, cache_dir=folder).compute(**inputs)
