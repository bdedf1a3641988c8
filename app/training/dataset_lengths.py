"""How long a dataset's examples are for a model's tokenizer: from its report, or counted by the inspector meanwhile."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from app.plumbing.inspection import ask
from core.errors import TunewrightError
from core.forecast.lengths import DatasetLengths, lengths_in
from core.forecast.shape import folder_here
from core.shape import Shape
from core.specs.results.report import DataReport

_SECONDS, _KEPT = 60, 50
_counting = ThreadPoolExecutor(1, "lengths")
_counted: dict[tuple[str, str], Future] = {}
"""By dataset folder and model."""


def lengths_of(dataset: dict, model: str) -> DatasetLengths | None:
    """The lengths of the training examples of an entry of `datasets()`; None while unknown.

    If the report counted with another model's tokenizer, this one's counts some in the background: until they are
    there, and where they cannot be had, the report's figures are used. Raises what `locate` raises.
    """
    report = dataset["report"]
    examples = report.splits.get("train", 0)
    known = known_lengths(report, model)
    if (known and known.exact) or (here := folder_here(model)) is None:
        return known
    key = (dataset["path"], model)
    if key not in _counted:
        while len(_counted) >= _KEPT:
            _counted.pop(next(iter(_counted)))
        _counted[key] = _counting.submit(ask, "lengths", _SECONDS, folder=dataset["path"], model=str(here))
    counting = _counted[key]
    if not counting.done() or isinstance(counting.exception(), TunewrightError):
        return known
    return DatasetLengths.sampled(counting.result(), examples, report.shape == Shape.PREFERENCE)


def known_lengths(report: DataReport, model: str) -> DatasetLengths | None:
    """What a dataset's report says of the lengths for a model's tokenizer; None if nothing."""
    exact = bool(report.tokens and report.tokens.model == model)
    found = lengths_in(report.tokens, report.splits.get("train", 0), exact)
    return found and replace(found, pairs=report.shape == Shape.PREFERENCE)


def is_counting() -> bool:
    """Whether examples are being counted in the background, so that better figures follow in a moment."""
    return any(not counting.done() for counting in _counted.values())
