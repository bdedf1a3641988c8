"""What every metric returns, and what every local module of the `evaluate` library has in common."""

import inspect
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import NamedTuple, Self

import datasets
import evaluate
import numpy as np


class Measure(NamedTuple):
    """One metric of one model on the examples of a split."""

    examples: np.ndarray
    """float64, shape (examples,): each example's score; NaN where the metric does not apply to an example."""
    sums: np.ndarray | None = None
    """float64, shape (examples, quantities): what each example adds to the totals; None for a mean over examples."""
    statistic: Callable[[np.ndarray], np.ndarray] | None = None
    """From totals, shape (…, quantities), to scores, shape (…): resampled totals are scored all at once."""
    whole: float | None = None
    """The score of all examples where it follows from no sums over them; it has no interval."""

    @property
    def value(self) -> float:
        """The score of all examples; NaN where the metric applies to none."""
        if self.whole is not None:
            return self.whole
        if self.sums is not None:
            return float(self.statistic(self.sums.sum(axis=0)))
        scored = self.examples[~np.isnan(self.examples)]
        return float(scored.mean()) if len(scored) else float("nan")

    @classmethod
    def ratio(cls, above: np.ndarray, below: np.ndarray) -> Self:
        """The sum of `above` over the sum of `below`, both of shape (examples,); an example without is NaN."""
        sums = np.column_stack([above, below]).astype(float)
        return cls(np.where(sums[:, 1], ratio_of(sums), np.nan), sums, ratio_of)


def ratio_of(sums: np.ndarray) -> np.ndarray:
    """The first of two sums over the second, shape (…, 2) → (…); 0 where the second is 0."""
    above, below = sums[..., 0], sums[..., 1]
    return np.divide(above, below, out=np.zeros_like(above), where=below != 0)


Measures = dict[str, Measure]
"""By name of the metric, see SCORE_NAMES."""


class LocalMetric(evaluate.Metric):
    """A local module of the `evaluate` library: `compute(…)` returns Measures. Nothing is downloaded."""

    COLUMNS = {"predictions": "string", "references": "string"}
    """What an example has, by name; the dtype as `datasets` names it."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=inspect.getdoc(type(self)),
            citation="",
            inputs_description=", ".join(self.COLUMNS),
            features=datasets.Features({name: datasets.Value(dtype) for name, dtype in self.COLUMNS.items()}),
        )


def computed(module: type[LocalMetric], **inputs) -> Measures:
    """What a module measures: `inputs` are its columns, and the settings of its `_compute`."""
    with TemporaryDirectory() as folder:  # the library insists on a cache folder, even when it stores nothing
        return module(keep_in_memory=True, cache_dir=folder).compute(**inputs)
