"""Evaluations made of scores that a test chooses, with the intervals, tests and verdicts of the real statistics."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from core.evaluation.statistics.paired import PairedDifference, paired_difference
from core.evaluation.statistics.scores import corrected, scored
from core.evaluation.statistics.verdicts import verdicts_in_words
from core.specs.results.evaluate import (
    Confusion,
    EvaluatedModel,
    EvaluateResult,
    Prediction,
    Score,
    SilentMetric,
    SplitScores,
)

Scores = Mapping[str, Mapping[str, Sequence[float]]]
"""By model and metric, a value for each example."""
TELLING = ("rougeL", "accuracy", "f1")
HOSTILE = "<script>document.title='owned'</script><img src=http://127.0.0.1:9/x onerror=alert(1)>\"'&{{7*7}}"


def of_scores(
    scores: Scores, reference: str, split: str = "test", clusters: Sequence[str] | None = None
) -> SplitScores:
    """The scorecards and corrected differences to the reference, by the metrics that all have."""
    cards = {
        model: {name: scored(np.array(values, float), clusters) for name, values in card.items()}
        for model, card in scores.items()
    }
    found: dict[tuple[str, str], PairedDifference] = {}
    for model, card in scores.items():
        for name in card:
            if model != reference and name in TELLING and name in scores[reference]:
                ours, theirs = np.array(card[name], float), np.array(scores[reference][name], float)
                found[model, name] = paired_difference(ours, theirs, clusters)
    differences = {model: {} for model, _ in found}
    for (model, name), one in zip(found, corrected(found.values()), strict=True):
        differences[model].setdefault(reference, {})[name] = one
    count = len(next(iter(next(iter(scores.values())).values())))
    return SplitScores(
        examples=count, scorecards=cards, differences=differences, verdicts=list(verdicts_in_words(differences))
    )


def an_evaluation(
    scores: Scores, reference: str, kinds: Mapping[str, str] = MappingProxyType({}), **more: object
) -> tuple[EvaluateResult, list[Prediction]]:
    """The result of models with these scores on one split, and the rows behind it; `more` are fields of the result."""
    main = of_scores(scores, reference)
    result = EvaluateResult(
        **{
            **dict(main),
            "models": [
                EvaluatedModel(name=one, kind=kinds.get(one, "adapter"), how=f"{one} in float32", base="smollm2")
                for one in scores
            ],
            "reference": reference, "split": "test", "labels": False, "answer_kind": "long answers",
            "telling": [name for name in TELLING if name in next(iter(scores.values()))],
            "silent": [SilentMetric(metric="macro_f1", reason="The answers are not labels.")],
            "speed": None, "seconds": 61.5, "model": "several", "dataset": "care", "notes": [], "files": [],
            **more,
        }
    )  # fmt: skip
    return result, rows_of(scores)


def rows_of(scores: Scores, split: str = "test", text: str = "The answer") -> list[Prediction]:
    """A row for each example, whose answers name the model and the example."""
    count = len(next(iter(next(iter(scores.values())).values())))
    return [
        Prediction(
            instruction=f"Question {number}?",
            reference=f"Reference {number}.",
            topic="topic",
            split=split,
            predictions={name: f"{text} {number} of {name}." for name in scores},
            scores={
                name: {metric: float(values[number]) for metric, values in card.items()}
                for name, card in scores.items()
            },
        )
        for number in range(count)
    ]


def drawn(shares: Mapping[str, float], count: int = 120, seed: int = 0) -> dict[str, dict[str, np.ndarray]]:
    """Scores of models, right with these shares, that agree with each other as models of one family do."""
    random = np.random.default_rng(seed)
    hardness, found = random.random(count), {}
    for name, share in shares.items():
        right = (0.7 * hardness + 0.3 * random.random(count) < share).astype(float)
        close = np.clip(0.25 + 0.6 * right + 0.1 * random.standard_normal(count), 0, 1)
        loss = 1.5 - right + 0.1 * random.random(count)
        found[name] = {"rougeL": close.round(4), "accuracy": right, "f1": (close * 0.9).round(4), "loss": loss.round(4)}
    return found


def hostile_evaluation() -> tuple[EvaluateResult, list[Prediction], dict]:
    """Markup and scripts wherever a person or a model writes, with every part that a report may have."""
    names = [HOSTILE[:60], "Tuned", "q4_0 " + "very-long-" * 5]
    scores = drawn(dict(zip(names, (0.4, 0.7, 0.68), strict=True)))
    labels = [HOSTILE, "good", "好"]
    result, rows = an_evaluation(
        scores, names[0], {names[2]: "gguf"}, dataset=HOSTILE, answer_kind=HOSTILE, notes=[HOSTILE],
        silent=[SilentMetric(metric=HOSTILE, reason=HOSTILE)],
        confusions={names[1]: Confusion(labels=labels, counts=[[9, 1, 0, 1], [0, 7, 3, 0], [0, 0, 4, 2]])},
        other_splits={"validation": of_scores(scores, names[0])},
    )  # fmt: skip
    result.scorecards[names[1]][HOSTILE] = Score(value=1.0)
    long = f"{HOSTILE} {'word ' * 2000}{HOSTILE}"
    rows = [
        row.model_copy(
            update={
                "instruction": f"{HOSTILE} {row.instruction}", "input": HOSTILE, "reference": HOSTILE, "topic": HOSTILE,
                "predictions": {name: long if name == "Tuned" else HOSTILE for name in names},
            }
        )
        for row in rows
    ]  # fmt: skip
    return result, rows, {"name": HOSTILE, "models": names, "max_new_tokens": 256, "temperature": 0.7}
