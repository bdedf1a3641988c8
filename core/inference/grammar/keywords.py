"""The keywords of a JSON schema: each one is enforced, only describes, or is refused by name. None is ignored."""

from core.inference.grammar.limits import refused

MOST_REPEATS = 1500
_DESCRIBING = frozenset({
    "$anchor", "$comment", "$defs", "$schema", "contentEncoding", "contentMediaType", "contentSchema", "default",
    "definitions", "deprecated", "description", "discriminator", "example", "examples", "readOnly", "title",
    "writeOnly",
})  # fmt: skip
"""Keywords that constrain nothing, by the JSON Schema drafts or (`discriminator`, `example`) by OpenAPI."""
BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_OF_KIND = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "prefixItems", "minItems", "maxItems", "uniqueItems"},
    "string": {"minLength", "maxLength", "format"},
    "integer": BOUNDS,
    "number": BOUNDS,
}
KIND_OF_TYPE = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
}
KINDS = (*KIND_OF_TYPE.values(), "integer")


def typed(schema: dict) -> str | None:
    """The single type of a schema, inferred from its keywords if it names none; None if any type is allowed."""
    kind = schema.get("type")
    if kind is None:
        implied = [name for name, words in _OF_KIND.items() if words & schema.keys()]
        if len(implied) > 1:
            raise refused(f"'type' is missing beside {_first(_OF_KIND[implied[0]] & schema.keys())!r}")
        kind = implied[0] if implied else None
    elif kind not in KINDS:
        raise refused(f"{str(kind)[:60]!r} is not a type")
    refuse_others(schema, {"type", *_OF_KIND.get(kind, set())})
    return kind


def kinds_of_list(schema: dict) -> list[dict] | None:
    """One schema for each entry of a `type` that is a list; None for any other `type`."""
    kinds = schema.get("type")
    if not isinstance(kinds, list):
        return None
    if not kinds:
        raise refused("'type' is an empty list")
    refuse_others(schema, {"type"}.union(*(_OF_KIND.get(str(kind), set()) for kind in kinds)))
    kinds = [kind for kind in kinds if kind != "integer" or "number" not in kinds]
    return [_for_kind(schema, kind) for kind in kinds]


def _for_kind(schema: dict, kind: object) -> dict:
    words = _OF_KIND.get(str(kind), set())
    return {"type": kind} | {name: value for name, value in schema.items() if name in words}


def without_descriptions(schema: object) -> object:
    """The schema without its purely descriptive keywords."""
    if not isinstance(schema, dict):
        return schema
    return {name: value for name, value in schema.items() if name not in _DESCRIBING}


def bounds(schema: dict, lowest: str, highest: str) -> tuple[int, int | None]:
    """The values of two length keywords, such as `minItems` and `maxItems`; the upper one is None if unlimited."""
    low, high = schema.get(lowest, 0), schema.get(highest)
    for name in (lowest, highest):
        value = schema.get(name, 0)
        if type(value) is not int or not 0 <= value <= MOST_REPEATS:
            raise refused(f"{name!r} must be a whole number up to {MOST_REPEATS}")
    if high is not None and low > high:
        raise refused(f"{lowest!r} is more than {highest!r}")
    return low, high


def alone(schema: dict, keyword: str) -> object:
    """The value of `keyword`. Refuses a schema with any other constraint beside it."""
    refuse_others(schema, {keyword})
    return schema[keyword]


def only(schemas: object) -> object:
    """The single schema of an `allOf`."""
    if not isinstance(schemas, list) or len(schemas) != 1:
        raise refused("'allOf' must hold exactly one schema")
    return schemas[0]


def refuse_others(schema: dict, taken: set[str]) -> None:
    """Raise InputError if the schema has a constraint that is not in `taken`."""
    if schema.get("uniqueItems", False) is not False:
        raise refused("'uniqueItems' is not supported")
    others = schema.keys() - _DESCRIBING - taken
    if others:
        beside = _first(taken & schema.keys())
        raise refused(f"{_first(others)[:60]!r}{f' beside {beside!r}' if beside else ''} is not supported")


def _first(names: set[str]) -> str:
    return min(names, default="")
