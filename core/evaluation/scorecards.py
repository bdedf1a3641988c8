"""Gathers what each role answered and scored on the same examples: the scorecards, and the predictions behind them."""

from tempfile import TemporaryDirectory

import numpy as np

from core.evaluation.labels import label_matches
from core.evaluation.metrics.intervals import mean_with_interval, share_with_interval
from core.evaluation.metrics.likelihood import AnswerLikelihood
from core.evaluation.metrics.overlap import AnswerOverlap
from core.evaluation.scorers import AnswerLosses
from core.examples.example import answer_text, question_text
from core.specs import SCORE_NAMES
from core.specs.results.evaluate import Prediction, Scorecard

_ROLES = ("base", "tuned", "gguf", "nearest")
_PAIRED = ("exact_match", "accuracy", "f1", "rouge1", "rouge2", "rougeL")
"""Metrics that are means over examples: two roles can be compared example by example."""


class Scorecards:
    """The scores of each role on `examples`; where the answers are `labels`, accuracy comes first.

    Reasoning before an answer is not scored.
    """

    def __init__(self, examples: list[dict], labels: bool = False):
        self._labels = labels
        self._names = sorted(SCORE_NAMES, key=lambda name: name != "accuracy") if labels else SCORE_NAMES
        self._cards: dict[str, Scorecard] = {}
        self._how: dict[str, str] = {}
        self.predictions = [
            Prediction(
                instruction=example.get("instruction") or question_text(example),
                input=example.get("input") or "",
                reference=answer_text(example),
                topic=example.get("topic") or "",
                predictions={},
                scores={},
            )
            for example in examples
        ]
        """One per example, filled by `add`."""

    def add(self, role: str, how: str, predictions: list[str] | None, losses: AnswerLosses | None = None) -> None:
        """Score the answers of `role`, if it generated any, and its loss on the references, if it was measured."""
        measured = []
        if predictions is not None:
            references = [without_reasoning(row.reference) for row in self.predictions]
            answers = list(map(without_reasoning, predictions))
            measured.append(_computed(AnswerOverlap, predictions=answers, references=references))
            if self._labels:
                _score_labels(measured[-1], answers, references)
        if losses:
            measured.append(_computed(AnswerLikelihood, **losses._asdict()))
        scores = {name: score for part in measured for name, score in part["scores"].items()}
        self._cards[role] = {name: scores[name] for name in self._names if name in scores}
        self._how[role] = how
        for number, row in enumerate(self.predictions):
            if predictions is not None:
                row.predictions[role] = predictions[number]
            row.scores[role] = {name: score for part in measured for name, score in part["examples"][number].items()}

    @property
    def cards(self) -> dict[str, Scorecard]:
        """The scorecards by role."""
        return {role: self._cards[role] for role in _ROLES if role in self._cards}

    @property
    def how(self) -> dict[str, str]:
        """By role: what was scored, in words."""
        return {role: self._how[role] for role in _ROLES if role in self._how}

    @property
    def differences(self) -> dict[str, Scorecard]:
        """By other role: how far the tuned model is above it.

        Examples are paired, which narrows the interval: one that excludes 0 tells two models apart even where their
        own intervals overlap.
        """
        others = [role for role in self.cards if role != "tuned"] if "tuned" in self._cards else []
        return {role: self._above(role) for role in others}

    def _above(self, other: str) -> Scorecard:
        scores = [(row.scores["tuned"], row.scores[other]) for row in self.predictions]
        names = [name for name in _PAIRED if all(name in tuned and name in its for tuned, its in scores)]
        return {
            name: mean_with_interval(np.array([tuned[name] - its[name] for tuned, its in scores])) for name in names
        }


def without_reasoning(text: str) -> str:
    """The answer after the reasoning; empty if the reasoning never ended."""
    if "</think>" in text:
        return text.rpartition("</think>")[2].strip()
    return "" if text.lstrip().startswith("<think>") else text


def _score_labels(measured: dict, answers: list[str], references: list[str]) -> None:
    """Replace the accuracy of texts by that of labels."""
    matches = label_matches(answers, references)
    measured["scores"]["accuracy"] = share_with_interval(matches)
    for example, match in zip(measured["examples"], matches.tolist(), strict=True):
        example["accuracy"] = match


def _computed(module: type, **inputs) -> dict:
    with TemporaryDirectory() as folder:  # the library insists on a cache folder, even when it stores nothing
        return module(keep_in_memory=True, cache_dir=folder).compute(**inputs)
