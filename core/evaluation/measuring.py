"""Measures the answers and losses of models on the examples of a split, by every metric that applies to them."""

import json
from collections.abc import Sequence

import numpy as np

from core.evaluation.engines.scored_model import AnswerLoss
from core.evaluation.metrics.bleu import Bleu
from core.evaluation.metrics.labelled import Labelled, confusion_of
from core.evaluation.metrics.likelihood import Likelihood
from core.evaluation.metrics.matches import Matches
from core.evaluation.metrics.measure import Measure, Measures, computed
from core.evaluation.metrics.meteor import Meteor
from core.evaluation.metrics.rouge import Rouge
from core.evaluation.metrics.semantic import PACKAGED, SemanticSimilarity, embedder
from core.evaluation.metrics.structured import JsonAnswers, ToolCalls
from core.evaluation.metrics.style import Style
from core.evaluation.metrics.words import without_reasoning
from core.evaluation.telling import AnswerKind, describe, silent_metrics, telling
from core.examples.example import answer_text, conversation
from core.examples.messages import message_from_text, text_with_reasoning
from core.inference.engine import Answered
from core.specs import EvaluateSpec
from core.specs.results.evaluate import Confusion
from core.specs.results.metrics import METRICS

MOST_EMBEDDED = 2_000


class Measuring:
    """The metrics of answers to `examples`. Reasoning before an answer is not scored.

    Raises what loading the embedding model raises, if `spec` names one: before anything is generated.
    """

    def __init__(self, examples: Sequence[dict], spec: EvaluateSpec, labels: bool, asks: bool):
        if spec.embedding_model:
            embedder(spec.embedding_model)
        self._references = [without_reasoning(answer_text(example)) for example in examples]
        self._bytes = [len(text_with_reasoning(conversation(example)[-1]).encode()) for example in examples]
        self._tools = [example.get("tools") or "" for example in examples]
        self._model = spec.embedding_model or PACKAGED
        self._schema = json.loads(spec.answer_schema) if spec.answer_schema else None
        calls = [
            "tool_calls" in message_from_text(text) if tools else None
            for text, tools in zip(self._references, self._tools, strict=True)
        ]
        self._about = describe(
            self._references, labels, calls, asks,
            any_language=bool(spec.embedding_model), schema_given=bool(self._schema),
        )  # fmt: skip
        self.kind = self._about.kind
        self.telling, self.silent = telling(self._about), silent_metrics(self._about)
        self.order = sorted(METRICS, key=self._place)
        """All metrics: those that say most, the others, and last those that say nothing."""

    def _place(self, metric: str) -> int:
        return self.telling.index(metric) if metric in self.telling else 3 + (metric in self.silent)

    def of_answers(self, answers: Sequence[Answered]) -> Measures:
        """Of a model's answers to all examples, in order."""
        texts = {
            "predictions": [without_reasoning(answer.text) for answer in answers],
            "references": self._references,
        }
        found = computed(Matches, **texts, labels=self.kind is AnswerKind.LABELS)
        for module in (Rouge, Bleu, Meteor):
            found |= computed(module, **texts)
        found |= computed(Style, predictions=texts["predictions"])
        found["ended"] = Measure(np.array([float(answer.ended) for answer in answers]))
        if self.kind is AnswerKind.LABELS:
            found |= computed(Labelled, **texts)
        if "tool_call_match" not in self.silent:
            found |= computed(ToolCalls, **texts, tools=self._tools)
        if "json_match" not in self.silent:
            found |= computed(JsonAnswers, **texts, schema=self._schema)
        if "semantic_similarity" not in self.silent:
            found["semantic_similarity"] = self._similarity(**texts)
        return found

    def _similarity(self, predictions: list[str], references: list[str]) -> Measure:
        """Of all examples, or of MOST_EMBEDDED evenly spaced ones: a CPU reads about 100 texts a second."""
        count = len(references)
        places = np.unique(np.linspace(0, count - 1, min(count, MOST_EMBEDDED)).round().astype(int))
        chosen = {
            "predictions": [predictions[place] for place in places],
            "references": [references[place] for place in places],
        }
        scores = np.full(count, np.nan)
        scores[places] = computed(SemanticSimilarity, **chosen, model=self._model)["semantic_similarity"].examples
        return Measure(scores)

    def of_losses(self, losses: Sequence[AnswerLoss], shares: Sequence[float]) -> Measures:
        """Of a model's losses on the references. `shares`: how much of each is within the context, from 0 to 1."""
        nats, tokens, correct = map(list, zip(*losses, strict=True))
        byte_counts = [round(count * share) for count, share in zip(self._bytes, shares, strict=True)]
        return computed(
            Likelihood, negative_log_likelihoods=nats, tokens=tokens, correct=correct, byte_counts=byte_counts
        )

    def confusion(self, answers: Sequence[Answered]) -> Confusion | None:
        """How often each label was answered with each; None where the answers are not labels."""
        if self.kind is not AnswerKind.LABELS:
            return None
        return confusion_of([without_reasoning(answer.text) for answer in answers], self._references)
