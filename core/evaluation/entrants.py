"""Which models an evaluation compares: those that its spec lists, or a model beside its base and the look-up."""

from typing import Literal, NamedTuple

from core.errors import TunewrightError
from core.models.references import ModelLocation, locate
from core.specs import EvaluateSpec
from core.specs.evaluate import ComparedModel


class Entrant(NamedTuple):
    """A model to compare. `location` is None for an endpoint and for the look-up."""

    asked: ComparedModel
    kind: Literal["model", "adapter", "gguf", "endpoint", "look-up"]
    location: ModelLocation | None = None

    @property
    def name(self) -> str:
        return self.asked.name

    @property
    def label(self) -> str:
        """A short name of what answers, whatever the person calls it."""
        return self.location.label if self.location else self.asked.model or "look-up"

    @property
    def base(self) -> str:
        """The label of the model that it was made from, or of itself; empty if unknown, as for a GGUF of others."""
        if not self.location or (self.kind == "gguf" and not self.location.base):
            return ""
        try:
            return locate(self.location.base).label if self.location.base else self.location.label
        except TunewrightError:  # a merged model answers without its base, which may be gone
            return ""

    def is_base_of(self, other: "Entrant") -> bool:
        """Whether `other` was made from this model."""
        if not (self.location and other.location and other.location.base):
            return False
        return locate(other.location.base).path == self.location.path


def entrants_of(spec: EvaluateSpec) -> list[Entrant]:
    """The models in the person's order. Raises what `locate` raises."""
    if spec.models:
        return [_entrant(one) for one in spec.models]
    location = locate(spec.model, spec.base_model)
    base = [_named("base", locate(location.base))] if location.base else []
    name = "gguf" if location.kind == "gguf" else "tuned" if base else "base"
    look_up = [Entrant(ComparedModel(name="nearest", look_up=True), "look-up")] if spec.nearest else []
    return [*base, _named(name, location, spec.model), *look_up]


def reference_of(spec: EvaluateSpec, entrants: list[Entrant]) -> str:
    """The name of the model that the others are compared with: what `spec` says, else the base of another one, else
    the first that is not a look-up."""
    if spec.reference:
        return spec.reference
    bases = (one for one in entrants if any(one.is_base_of(other) for other in entrants))
    first = next(one for one in entrants if one.kind != "look-up")
    return next(bases, first).name


def bases_of(entrants: list[Entrant]) -> dict[str, str]:
    """By name of a model, its base, where that is compared too."""
    pairs = [(one, other) for one in entrants for other in entrants if other is not one and other.is_base_of(one)]
    return {one.name: base.name for one, base in reversed(pairs)}


def _entrant(one: ComparedModel) -> Entrant:
    if one.look_up or one.endpoint:
        return Entrant(one, "endpoint" if one.endpoint else "look-up")
    return _named(one.name, locate(one.model), one.model)


def _named(name: str, location: ModelLocation, reference: str | None = None) -> Entrant:
    kind = "model" if location.kind in ("transformers", "hub") else location.kind
    return Entrant(ComparedModel(name=name, model=reference or location.path), kind, location)
