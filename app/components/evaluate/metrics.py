"""The names of the models and metrics, what each metric measures, and in which order a page lists them."""

from collections.abc import Sequence

from app.jobs.results import EvaluateResult, read_result
from core.specs.results.metrics import METRICS, metric

LABELS = {name: one.label for name, one in METRICS.items()}
SHARES = tuple(name for name, one in METRICS.items() if one.is_share and one.better)
"""Metrics from 0 to 1 that can be drawn on one axis."""
PERPLEXITY = (
    "how many equally likely tokens the model hesitates between, on average. 1 is certain, below 10 is low, above 100 "
    "is high."
)
_FIRST = ("accuracy", "close", "exact_match", "loss", "perplexity", "token_accuracy", "f1", "rougeL")
"""First in evaluations that do not say what tells most."""


def label(name: str) -> str:
    """A metric in words; one of another version by its name."""
    return metric(name).label


def ordered(names: set[str], telling: Sequence[str], silent: Sequence[str]) -> list[str]:
    """Those of `names` that say something: the most telling first, answers that are close right after them."""
    first = [*telling, "close"] if telling else _FIRST
    return [name for name in dict.fromkeys((*first, *LABELS)) if name in names and name not in silent]


_MODELS = {"base": "Base model", "tuned": "Tuned", "gguf": "GGUF", "nearest": "Plain look-up"}


def model_labels(evaluation) -> dict[str, str]:
    """Each model of an evaluation in words, by its name: as the person named it, or what a default name stands for."""
    names = read_result(evaluation, EvaluateResult).scorecards
    return {name: name if evaluation.spec.get("models") else _MODELS.get(name, name) for name in names}
