"""What a JSON schema asks: its keywords, references and choices, read so that nothing in it is overlooked.

Every keyword of the drafts is enforced by the grammar made from it, only describes, or is refused by name. Loads
nothing but the standard library.
"""

import json
from urllib.parse import unquote

from core.errors import InputError
from core.inference.choice_signs import SeenSigns, Sign

MOST_REPEATS = 1500
_MOST_VALUES = 500
_MOST_SIGNS = 1000
_MOST_NODES = 20_000
_MOST_LEVELS = 200
_MOST_LETTERS = 1_000_000
_MOST_VISITS = 100_000
"""Looks at choices, and at how they begin, when they are compared."""
DEEPEST = 30
"""Parts inside each other."""
_DESCRIBING = frozenset({
    "$anchor", "$comment", "$defs", "$schema", "contentEncoding", "contentMediaType", "contentSchema", "default",
    "definitions", "deprecated", "description", "discriminator", "example", "examples", "readOnly", "title",
    "writeOnly",
})  # fmt: skip
"""Keywords that constrain nothing, by the drafts or (`discriminator`, `example`) by OpenAPI."""
BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_KEYWORDS = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "prefixItems", "minItems", "maxItems", "uniqueItems"},
    "string": {"minLength", "maxLength", "format"},
    "integer": BOUNDS,
    "number": BOUNDS,
}
_TYPES = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
}
_KINDS = (*_TYPES.values(), "integer")


class Schema:
    """A whole schema: what its references name, and what its parts may be."""

    def __init__(self, root: dict):
        check_size(root)
        self.root = {name: value for name, value in root.items() if name not in ("$id", "id")}
        self._signs: dict[str, list[Sign] | None] = {}
        self._visits = 0

    def part(self, schema: object) -> dict:
        """A part of the schema as an object; `true` is one that allows everything."""
        if schema is True:
            return {}
        if not isinstance(schema, dict):
            raise refused(f"{json.dumps(schema)[:60]} is not a schema: nothing fits it")
        return schema

    def target(self, reference: object) -> object:
        """What a reference such as `#/$defs/node` names."""
        found: object = self.root
        if not isinstance(reference, str) or reference[:1] != "#" or reference[1:2] not in ("", "/"):
            raise refused(f"the reference {str(reference)[:60]!r} does not begin with '#/'")
        for step in reference.split("/")[1:]:
            step = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            elif isinstance(found, dict) and step in found:
                found = found[step]
            else:
                raise refused(f"nothing is at the reference {reference[:60]!r}")
        return found

    def choices(self, schema: dict) -> list | None:
        """The schemas of which a value fits one; None where there is no choice. Refuses what stands beside `anyOf`."""
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                choices = alone(schema, keyword)
                if not isinstance(choices, list) or not choices:
                    raise refused(f"{keyword!r} must be a list of schemas")
                return _simplified(choices) if keyword == "anyOf" else choices
        kinds = schema.get("type")
        if not isinstance(kinds, list):
            return None
        if not kinds:
            raise refused("'type' is an empty list")
        taken = set().union(*(_KEYWORDS.get(str(kind), set()) for kind in kinds))
        _refuse_others(schema, {"type", *taken})
        kinds = [kind for kind in kinds if kind != "integer" or "number" not in kinds]
        return [_for_kind(schema, kind) for kind in kinds]

    def check_that_choices_differ(self, choices: list, depth: int = 0) -> list[Sign]:
        """The next character, or the value of the first property, must tell which choice an answer has taken: then no
        schema can make the matcher follow more and more ways at once. Returns how the choices begin.
        """
        found, seen = [], SeenSigns()
        for choice in choices:
            mine = self._signs_of(choice, depth + 1)
            self._visits += 1 + len(mine)
            if self._visits > _MOST_VISITS:
                raise refused("its choices take too long to compare")
            both = next((sign for sign in mine if seen.may_be(sign)), None)
            if both:
                raise refused(f"two of its choices may both be {both[0]}, with nothing at the beginning to tell which")
            for sign in mine:
                seen.add(sign)
            found += mine
            if len(found) > _MOST_SIGNS:
                raise refused(f"it has more than {_MOST_SIGNS} choices")
        return found

    def _signs_of(self, schema: object, depth: int) -> list[Sign]:
        if depth > DEEPEST:
            raise refused(f"it has more than {DEEPEST} choices or references inside each other")
        schema = self.part(schema)
        if "$ref" in schema:
            return self._signs_at(schema["$ref"], depth)
        if "allOf" in schema:
            return self._signs_of(only(schema["allOf"]), depth + 1)
        if "const" in schema or "enum" in schema:
            return [(kind_of(value), "", as_text(value)) for value in listed(schema)]
        if choices := self.choices(schema):
            return self.check_that_choices_differ(choices, depth)
        kind = typed(schema)
        if kind is None:
            return [(one,) for one in dict.fromkeys(_TYPES.values())]
        if kind != "object":
            return [(kind.replace("integer", "number"),)]
        return self._signs_of_object(schema.get("properties"))

    def _signs_at(self, reference: object, depth: int) -> list[Sign]:
        target = self.target(reference)
        if reference not in self._signs:
            self._signs[reference] = None
            self._signs[reference] = self._signs_of(target, depth + 1)
        signs = self._signs[reference]
        if signs is None:
            raise refused(f"a choice of {str(reference)[:60]!r} refers to itself")
        return signs

    def _signs_of_object(self, properties: object) -> list[Sign]:
        if not isinstance(properties, dict) or not properties:
            return [("object",)]
        name, first = next(iter(properties.items()))
        first = self._referred(first)
        if "const" in first or "enum" in first:
            return [("object", name, as_text(value)) for value in listed(first)]
        return [("object",)]

    def _referred(self, schema: object) -> dict:
        """A part, or what its chain of references ends at."""
        for _ in range(DEEPEST):
            schema = self.part(schema)
            if "$ref" not in schema:
                return schema
            schema = self.target(schema["$ref"])
        raise refused("references in it go round in a circle")


def check_size(schema: dict) -> None:
    """Refuse what would take long to look at, before anything else does. Raises InputError."""
    nodes, letters, waiting = 0, 0, [(schema, 0)]
    while waiting:
        value, level = waiting.pop()
        nodes += 1
        letters += len(value) if isinstance(value, str) else sum(map(len, value)) if isinstance(value, dict) else 0
        if nodes > _MOST_NODES or level > _MOST_LEVELS or letters > _MOST_LETTERS:
            raise refused("it is too large, or too deep")
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        waiting += [(one, level + 1) for one in inner]


def _simplified(choices: list) -> list:
    """Choices without those that another one includes."""
    plain = [_without_descriptions(choice) for choice in choices]
    if any(one in ({}, True) for one in plain):
        return [{}]
    if {"type": "number"} in plain:
        return [choice for choice, one in zip(choices, plain, strict=True) if one != {"type": "integer"}]
    return choices


def _without_descriptions(schema: object) -> object:
    if not isinstance(schema, dict):
        return schema
    return {name: value for name, value in schema.items() if name not in _DESCRIBING}


def _for_kind(schema: dict, kind: object) -> dict:
    """What a schema of several types asks of values of one."""
    words = _KEYWORDS.get(str(kind), set())
    return {"type": kind} | {name: value for name, value in schema.items() if name in words}


def typed(schema: dict) -> str | None:
    """The one type of a part, by its keywords where it names none; None where it may be anything."""
    kind = schema.get("type")
    if kind is None:
        meant = [name for name, words in _KEYWORDS.items() if words & schema.keys()]
        if len(meant) > 1:
            raise refused(f"'type' is missing beside {_first(_KEYWORDS[meant[0]] & schema.keys())!r}")
        kind = meant[0] if meant else None
    elif kind not in _KINDS:
        raise refused(f"{str(kind)[:60]!r} is not a type")
    _refuse_others(schema, {"type", *_KEYWORDS.get(kind, set())})
    return kind


def listed(schema: dict) -> list:
    """The values of an `enum` or `const`, of the types that stand beside it."""
    _refuse_others(schema, {"const", "enum", "type"})
    values = schema.get("enum", [schema.get("const")])
    if not isinstance(values, list) or not values or len(values) > _MOST_VALUES:
        raise refused(f"'enum' must be a list of 1 to {_MOST_VALUES} values")
    if "const" in schema:
        values = [value for value in values if as_text(value) == as_text(schema["const"])]
    if "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if unknown := [kind for kind in kinds if kind not in _KINDS]:
            raise refused(f"{str(unknown[0])[:60]!r} is not a type")
        values = [value for value in values if _is_of(value, kinds)]
    if not values:
        raise refused("no value of an 'enum' or 'const' fits what stands beside it")
    return list({as_text(value): value for value in values}.values())


def _is_of(value: object, kinds: list) -> bool:
    kind = kind_of(value)
    return kind in kinds or (kind == "number" and "integer" in kinds and value == value // 1)


def kind_of(value: object) -> str:
    """The type of a JSON value; `number` for a whole one too."""
    return _TYPES[type(value)]


def as_text(value: object) -> str:
    """A JSON value as an answer holds it. Refuses what JSON cannot hold."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
    except ValueError:
        raise refused("a value in it cannot be written as JSON") from None
    return text


def bounds(schema: dict, lowest: str, highest: str) -> tuple[int, int | None]:
    """The least and the most of something; None for any number."""
    low, high = schema.get(lowest, 0), schema.get(highest)
    for name in (lowest, highest):
        value = schema.get(name, 0)
        if type(value) is not int or not 0 <= value <= MOST_REPEATS:
            raise refused(f"{name!r} must be a whole number up to {MOST_REPEATS}")
    if high is not None and low > high:
        raise refused(f"{lowest!r} is more than {highest!r}")
    return low, high


def alone(schema: dict, keyword: str) -> object:
    """What `keyword` says. Refuses any other constraint beside it."""
    _refuse_others(schema, {keyword})
    return schema[keyword]


def only(schemas: object) -> object:
    """The one schema of an `allOf`."""
    if not isinstance(schemas, list) or len(schemas) != 1:
        raise refused("'allOf' can hold one schema here")
    return schemas[0]


def _refuse_others(schema: dict, taken: set[str]) -> None:
    if schema.get("uniqueItems", False) is not False:
        raise refused("'uniqueItems' cannot be held to")
    others = schema.keys() - _DESCRIBING - taken
    if others:
        beside = _first(taken & schema.keys())
        raise refused(f"{_first(others)[:60]!r}{f' beside {beside!r}' if beside else ''} cannot be held to")


def _first(names: set[str]) -> str:
    return min(names, default="")


def refused(why: str) -> InputError:
    return InputError(f"This JSON schema cannot be used: {why}.", "Simplify the schema, or ask for a json_object.")
