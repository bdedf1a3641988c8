"""The models of a comparison: those chosen, the bases that they were made from, and where an endpoint has no place."""

from pathlib import Path

from app.data.reports import report_in
from app.models.model_list import model_title
from core.errors import TunewrightError
from core.models.references import locate
from core.shape import Shape
from storage.actors import Actor


def with_bases(actor: Actor, chosen: list[dict]) -> list[dict]:
    """These `models()` as entries of the spec, under their labels; first the bases of adapters, chosen or not."""
    bases = dict.fromkeys(base for one in chosen if one["kind"] == "adapter" and (base := _base(one["reference"])))
    by_place = {_place(one["reference"]): {"name": one["label"], "model": one["reference"]} for one in chosen}
    first = [by_place.pop(_place(base), {"name": model_title(actor, base), "model": base}) for base in bases]
    return [*first, *by_place.values()]


def why_no_endpoint_on(dataset: str) -> str | None:
    """Why no model at an endpoint can be scored on the dataset in this folder; None if one can, as far as is known."""
    report = report_in(Path(dataset))
    if report and report.shape == Shape.TEXT:
        return "The dataset is plain text, which asks nothing, and an API does not tell how likely it finds a text."
    return None


def _base(reference: str) -> str | None:
    try:
        return locate(reference).base
    except TunewrightError:
        return None


def _place(reference: str) -> str:
    try:
        return locate(reference).path
    except TunewrightError:
        return reference
