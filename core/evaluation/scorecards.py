"""Gathers what each model answered and scored on the same examples: scorecards, and the predictions behind them."""

from collections.abc import Iterator
from tempfile import TemporaryDirectory

import numpy as np

from core.evaluation.engines.scored_model import AnswerLoss
from core.evaluation.labels import label_matches
from core.evaluation.metrics.intervals import share_with_interval
from core.evaluation.metrics.likelihood import AnswerLikelihood
from core.evaluation.metrics.overlap import AnswerOverlap
from core.evaluation.statistics.clusters import clusters_of
from core.evaluation.statistics.paired import PairedDifference, paired_difference
from core.evaluation.statistics.scores import corrected
from core.examples.example import answer_text, question_text
from core.inference.engine import Answered
from core.specs import SCORE_NAMES
from core.specs.results.evaluate import Differences, Prediction, Scorecard

_PAIRED = ("exact_match", "accuracy", "f1", "rouge1", "rouge2", "rougeL")
"""Metrics that are means over examples: two models can be compared example by example."""


class Scorecards:
    """The scores of the models with these names on `examples`; where the answers are `labels`, accuracy comes first.

    Reasoning before an answer is not scored.
    """

    def __init__(self, examples: list[dict], names: list[str], labels: bool = False, split: str = ""):
        self.labels = labels
        self._metrics = sorted(SCORE_NAMES, key=lambda name: name != "accuracy") if labels else SCORE_NAMES
        self._names = names
        self._clusters = clusters_of(examples)
        self._cards: dict[str, Scorecard] = {}
        self.predictions = [
            Prediction(
                instruction=example.get("instruction") or question_text(example),
                input=example.get("input") or "",
                reference=answer_text(example),
                topic=example.get("topic") or "",
                split=split,
                predictions={},
                scores={},
            )
            for example in examples
        ]
        """One per example, filled by `add`."""

    def add(self, name: str, answers: list[Answered] | None, losses: list[AnswerLoss] | None = None) -> None:
        """Score the answers of a model, if it generated any, and its loss on the references, if it was measured."""
        measured = []
        if answers is not None:
            references = [without_reasoning(row.reference) for row in self.predictions]
            texts = [without_reasoning(answer.text) for answer in answers]
            measured.append(_computed(AnswerOverlap, predictions=texts, references=references))
            if self.labels:
                _score_labels(measured[-1], texts, references)
        if losses:
            nll, tokens, correct = map(list, zip(*losses, strict=True))
            measured.append(_computed(AnswerLikelihood, negative_log_likelihoods=nll, tokens=tokens, correct=correct))
        scores = {metric: score for part in measured for metric, score in part["scores"].items()}
        self._cards[name] = {metric: scores[metric] for metric in self._metrics if metric in scores}
        for number, row in enumerate(self.predictions):
            if answers is not None:
                row.predictions[name] = answers[number].text
            row.scores[name] = {
                metric: score for part in measured for metric, score in part["examples"][number].items()
            }

    @property
    def cards(self) -> dict[str, Scorecard]:
        """The scorecards by name of the model."""
        return {name: self._cards[name] for name in self._names if name in self._cards}

    def differences(self, reference: str, look_ups: list[str]) -> Differences:
        """How far each model, but a look-up, is above the reference and above each look-up, corrected all together."""
        others = [name for name in (reference, *look_ups) if name in self._cards]
        models = [name for name in self.cards if name not in look_ups]
        pairs = [(name, other) for name in models for other in others if other != name]
        found = {(name, other, metric): above for name, other in pairs for metric, above in self._above(name, other)}
        differences: Differences = {name: {} for name, _ in pairs}
        for (name, other, metric), above in zip(found, corrected(found.values()), strict=True):
            differences[name].setdefault(other, {})[metric] = above
        return differences

    def _above(self, name: str, other: str) -> Iterator[tuple[str, PairedDifference]]:
        scores = [(row.scores[name], row.scores[other]) for row in self.predictions]
        if len(scores) < 2:
            return
        for metric in _PAIRED:
            if all(metric in its and metric in others for its, others in scores):
                ours, theirs = np.array([(its[metric], others[metric]) for its, others in scores]).T
                yield metric, paired_difference(ours, theirs, self._clusters)


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
