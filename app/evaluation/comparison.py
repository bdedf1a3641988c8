"""The models of a comparison: those chosen, and the bases that they were made from."""

from app.models.model_list import model_title
from core.errors import TunewrightError
from core.models.references import locate
from storage.actors import Actor


def with_bases(actor: Actor, chosen: list[dict]) -> list[dict]:
    """These `models()` as entries of the spec, under their labels; first the bases of adapters, chosen or not."""
    bases = dict.fromkeys(base for one in chosen if one["kind"] == "adapter" and (base := _base(one["reference"])))
    by_place = {_place(one["reference"]): {"name": one["label"], "model": one["reference"]} for one in chosen}
    first = [by_place.pop(_place(base), {"name": model_title(actor, base), "model": base}) for base in bases]
    return [*first, *by_place.values()]


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
