"""The paired difference of two models that an evaluation did not test against each other, from their answers' scores.

So a GGUF is held to the model that it was made from, whatever the evaluation's reference is.
"""

from collections.abc import Iterable

from core.evaluation.gate.thresholds import Condition
from core.evaluation.statistics.clusters import clusters_of
from core.specs.results.evaluate import Difference, EvaluateResult, Prediction, Scorecard, SplitScores

_ROUNDING = 1e-4


class NotPairedError(ValueError):
    """The difference cannot be computed from the answers; its text says why."""


def paired(result: EvaluateResult, split: str, one: Condition, rows: Iterable[Prediction]) -> Difference:
    """How far `one.model` is above `one.other` by its metric, as the evaluation would have computed it.

    Without a p-value, as a correction would need all comparisons at once. Raises NotPairedError.
    """
    scores = result if split == result.split else result.other_splits[split]
    sources, pairs = [], []
    for row in rows:
        if (row.split or result.split) == split:
            sources.append({"source": row.source})
            pairs.append([row.scores.get(model, {}).get(one.metric) for model in (one.model, one.other)])
    clusters = clusters_of(sources)
    if clusters is None and _counts_by_document(scores):
        raise NotPairedError(
            "the evaluation did not compare these two, and examples of one document count together, which the stored "
            f"answers of an older version do not tell; evaluate with {one.other} as the reference"
        )
    both = [place for place, pair in enumerate(pairs) if None not in pair]
    together = clusters and [clusters[place] for place in both]
    if len({*(together or both)}) < 2:
        raise NotPairedError("the evaluation did not compare these two, and their answers are not stored any more")
    return _difference([pairs[place] for place in both], together, scores.scorecards, one)


def _counts_by_document(scores: EvaluateResult | SplitScores) -> bool:
    pairs = (above for others in scores.differences.values() for above in others.values())
    return any(one.clusters for above in pairs for one in above.values())


def _difference(pairs: list, clusters: list | None, cards: dict[str, Scorecard], one: Condition) -> Difference:
    import numpy as np

    from core.evaluation.statistics.paired import paired_difference  # SciPy: not before it is needed

    ours, theirs = np.array(pairs, dtype=float).T
    for model, values in ((one.model, ours), (one.other, theirs)):
        if abs(values.mean() - cards[model][one.metric].value) > _ROUNDING:
            raise NotPairedError(
                f"the evaluation did not compare these two, and {one.metric} is no mean over examples; evaluate with "
                f"{one.other} as the reference"
            )
    found = paired_difference(ours, theirs, clusters)
    return Difference(
        value=found.value, low=found.low, high=found.high, method=found.method, examples=found.examples,
        spread=found.spread, clusters=found.clusters,
    )  # fmt: skip
