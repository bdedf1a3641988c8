"""Rejects ambiguous choices: those that share a beginning, so that the first characters do not tell them apart.

llama.cpp's matcher follows every alternative that still fits. Without this check a schema could make it follow
exponentially many.
"""

from core.inference.grammar.keywords import KIND_OF_TYPE, only, typed
from core.inference.grammar.limits import DEEPEST, refused
from core.inference.grammar.schema import Schema
from core.inference.grammar.values import as_text, kind_of, listed

_MOST_PREFIXES = 1000
_MOST_VISITS = 100_000
"""Choices and prefixes that one check may compare."""

Prefix = tuple[str, ...]
"""How a matching value begins: `(type,)`, `(type, "", value)`, or `("object", first property, its value)`."""


class ChoiceChecker:
    """Checks the choices of one schema."""

    def __init__(self, whole: Schema):
        self._whole = whole
        self._of_reference: dict[str, list[Prefix] | None] = {}
        self._visits = 0

    def check(self, choices: list, depth: int = 0) -> list[Prefix]:
        """The prefixes of all `choices`. Raises InputError if two choices share one.

        The next character, or the value of an object's first property, has to decide which choice an answer takes.
        """
        found, seen = [], _SeenPrefixes()
        for choice in choices:
            prefixes = self._prefixes_of(choice, depth + 1)
            self._visits += 1 + len(prefixes)
            if self._visits > _MOST_VISITS:
                raise refused("its choices take too long to compare")
            both = next((prefix for prefix in prefixes if seen.overlap(prefix)), None)
            if both:
                raise refused(f"two of its choices may both be {both[0]}, and the beginning does not tell which")
            for prefix in prefixes:
                seen.add(prefix)
            found += prefixes
            if len(found) > _MOST_PREFIXES:
                raise refused(f"it has more than {_MOST_PREFIXES} choices")
        return found

    def _prefixes_of(self, schema: object, depth: int) -> list[Prefix]:
        if depth > DEEPEST:
            raise refused(f"its choices or references are nested more than {DEEPEST} levels deep")
        schema = self._whole.part(schema)
        if "$ref" in schema:
            return self._prefixes_at(schema["$ref"], depth)
        if "allOf" in schema:
            return self._prefixes_of(only(schema["allOf"]), depth + 1)
        if "const" in schema or "enum" in schema:
            return [(kind_of(value), "", as_text(value)) for value in listed(schema)]
        if choices := self._whole.choices(schema):
            return self.check(choices, depth)
        kind = typed(schema)
        if kind is None:
            return [(one,) for one in dict.fromkeys(KIND_OF_TYPE.values())]
        if kind != "object":
            return [(kind.replace("integer", "number"),)]
        return self._prefixes_of_object(schema.get("properties"))

    def _prefixes_at(self, reference: object, depth: int) -> list[Prefix]:
        target = self._whole.target(reference)
        if reference not in self._of_reference:
            self._of_reference[reference] = None
            self._of_reference[reference] = self._prefixes_of(target, depth + 1)
        prefixes = self._of_reference[reference]
        if prefixes is None:
            raise refused(f"a choice of {str(reference)[:60]!r} refers to itself")
        return prefixes

    def _prefixes_of_object(self, properties: object) -> list[Prefix]:
        if not isinstance(properties, dict) or not properties:
            return [("object",)]
        name, first = next(iter(properties.items()))
        first = self._resolved(first)
        if "const" in first or "enum" in first:
            return [("object", name, as_text(value)) for value in listed(first)]
        return [("object",)]

    def _resolved(self, schema: object) -> dict:
        """The schema at the end of a chain of references."""
        for _ in range(DEEPEST):
            schema = self._whole.part(schema)
            if "$ref" not in schema:
                return schema
            schema = self._whole.target(schema["$ref"])
        raise refused("its references form a circle")


class _SeenPrefixes:
    """The prefixes of the choices checked so far."""

    def __init__(self):
        self._values: dict[str, dict[str, set[str]]] = {}
        self._plain: set[str] = set()

    def add(self, prefix: Prefix) -> None:
        values = self._values.setdefault(prefix[0], {})
        if len(prefix) == 1:
            self._plain.add(prefix[0])
        else:
            values.setdefault(prefix[1], set()).add(prefix[2])

    def overlap(self, prefix: Prefix) -> bool:
        """Whether a value that begins with `prefix` may match a choice seen before."""
        kind, *rest = prefix
        if kind in self._plain or (not rest and kind in self._values):
            return True
        others = self._values.get(kind, {})
        return bool(rest) and (bool(others.keys() - {rest[0]}) or rest[1] in others.get(rest[0], ()))
