"""A JSON schema as a grammar of llama.cpp (GBNF), so that a model can write nothing but JSON of that form.

Objects are written with all their properties in the order of the schema. What a grammar cannot hold a model to is
refused rather than overlooked. Loads nothing but the standard library.
"""

import json

from core.errors import InputError

_MOST_PARTS = 500
_DEEPEST = 30
_MOST_REPEATS = 1500
_ANNOTATIONS = frozenset({"$defs", "$schema", "additionalProperties", "default", "description", "examples", "title"})
_KEYWORDS = {
    "object": {"properties", "required"},
    "array": {"items", "minItems", "maxItems"},
    "string": {"minLength", "maxLength"},
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
_BASICS = r"""
space ::= " "?
char ::= [^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})
string ::= "\"" char* "\""
integer ::= "-"? ("0" | [1-9] [0-9]{0,15})
number ::= integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,3})?
boolean ::= "true" | "false"
null ::= "null"
value ::= object | array | string | number | boolean | null
object ::= "{" (string ":" space value ("," space string ":" space value)*)? "}"
array ::= "[" (value ("," space value)*)? "]"
"""


def grammar_of(schema: dict | None) -> str:
    """The grammar whose root is the JSON that `schema` describes; any JSON object when None.

    Raises InputError for a schema that is malformed, too large, or asks what a grammar cannot hold a model to.
    """
    writer = _Writer(schema or {})
    root = writer.rule(schema, depth=0) if schema is not None else "object"
    return "\n".join([f"root ::= {root}", *(f"{name} ::= {body}" for name, body in writer.rules.items())]) + _BASICS


class _Writer:
    """Collects one rule for each part of a schema."""

    def __init__(self, schema: dict):
        self.rules: dict[str, str] = {}
        self._definitions = schema.get("$defs", {})
        if not isinstance(self._definitions, dict):
            raise _refused("$defs need names")
        self._named: dict[str, str] = {}
        self._parts = 0

    def rule(self, schema: object, depth: int) -> str:
        """The name of the rule for one part."""
        self._parts += 1
        if self._parts > _MOST_PARTS or depth > _DEEPEST:
            raise _refused(f"it has more than {_MOST_PARTS} parts, or more than {_DEEPEST} inside each other")
        if not isinstance(schema, dict):
            raise _refused(f"{json.dumps(schema)[:60]} is no schema")
        if "$ref" in schema:
            return self._reference(schema["$ref"], depth)
        return self._new_rule(self._body(schema, depth))

    def _new_rule(self, body: str) -> str:
        name = f"part-{len(self.rules)}"
        self.rules[name] = body
        return name

    def _reference(self, reference: object, depth: int) -> str:
        key = str(reference).removeprefix("#/$defs/")
        if key not in self._definitions:
            raise _refused(f"{str(reference)[:60]!r} is not among its $defs")
        if key not in self._named:
            self._named[key] = self._new_rule("")  # named before it is written: it may refer to itself
            self.rules[self._named[key]] = self.rule(self._definitions[key], depth + 1)
        return self._named[key]

    def _body(self, schema: dict, depth: int) -> str:
        if "const" in schema or "enum" in schema:
            return _one_of(_listed(schema))
        if "anyOf" in schema:
            return self._any_of(schema["anyOf"], depth)
        kind = schema.get("type")
        if isinstance(kind, list):
            return self._any_of([{**schema, "type": one} for one in kind], depth)
        if kind is not None and kind not in _TYPES.values() and kind != "integer":
            raise _refused(f"{str(kind)[:60]!r} is no type")
        unknown = schema.keys() - _ANNOTATIONS - {"type"} - _KEYWORDS.get(kind, set())
        if unknown:
            raise _refused(f"{min(unknown)!r} is not understood here")
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind == "string":
            low, high = _bounds(schema, "minLength", "maxLength")
            return rf'"\"" char{{{low},{high}}} "\""'
        return kind or "value"

    def _any_of(self, choices: object, depth: int) -> str:
        self._types({"anyOf": choices}, depth)
        return " | ".join(self.rule(choice, depth + 1) for choice in choices)

    def _types(self, schema: object, depth: int) -> set[str]:
        """What a part may be. The choices of an anyOf must differ in it: then the next character always tells which one
        it is, and no schema can make the matcher follow more and more ways at once.
        """
        if not isinstance(schema, dict) or depth > _DEEPEST:
            raise _refused(f"a choice of anyOf is no schema, or refers to others more than {_DEEPEST} times")
        if "$ref" in schema:
            return self._types(self._definitions.get(str(schema["$ref"]).removeprefix("#/$defs/")), depth + 1)
        if "const" in schema or "enum" in schema:
            return {_TYPES[type(value)] for value in _listed(schema)}
        if "anyOf" not in schema:
            kinds = schema.get("type", [*_TYPES.values()])
            return {str(kind).replace("integer", "number") for kind in (kinds if isinstance(kinds, list) else [kinds])}
        choices = schema["anyOf"]
        if not isinstance(choices, list) or not choices:
            raise _refused("anyOf needs a list of schemas")
        found: set[str] = set()
        for choice in choices:
            mine = self._types(choice, depth + 1)
            if mine & found:
                raise _refused(f"two choices of an anyOf may both be {min(mine & found)}")
            found |= mine
        return found

    def _object(self, schema: dict, depth: int) -> str:
        if "properties" not in schema:
            return "object"
        if not isinstance(schema["properties"], dict) or not schema["properties"]:
            raise _refused("properties need names")
        members = [
            f'{_literal(json.dumps(name, ensure_ascii=False))} ":" space {self.rule(part, depth + 1)}'
            for name, part in schema["properties"].items()
        ]
        return '"{" ' + ' "," space '.join(members) + ' "}"'

    def _array(self, schema: dict, depth: int) -> str:
        item = self.rule(schema.get("items", {}), depth + 1)
        low, high = _bounds(schema, "minItems", "maxItems")
        if high == 0:
            return '"[]"'
        more = f"{max(low - 1, 0)},{high - 1 if high else ''}"
        some = f'{item} ("," space {item}){{{more}}}'
        return f'"[" {some} "]"' if low else f'"[" ({some})? "]"'


def _bounds(schema: dict, lowest: str, highest: str) -> tuple[int, int | str]:
    """The least and the most of something; the most is empty for any number."""
    low, high = schema.get(lowest, 0), schema.get(highest, "")
    for name, value in ((lowest, low), (highest, high)):
        if value != "" and (type(value) is not int or not 0 <= value <= _MOST_REPEATS):
            raise _refused(f"{name} must be a whole number up to {_MOST_REPEATS}")
    if high != "" and low > high:
        raise _refused(f"{lowest} is more than {highest}")
    return low, high


def _listed(schema: dict) -> list:
    """The values of an enum or const."""
    values = schema.get("enum", [schema.get("const")])
    if not isinstance(values, list) or not values or len(values) > _MOST_PARTS:
        raise _refused(f"enum needs 1 to {_MOST_PARTS} values")
    return values


def _one_of(values: list) -> str:
    return " | ".join(_literal(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) for value in values)


def _literal(text: str) -> str:
    """`text` as GBNF writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _refused(why: str) -> InputError:
    return InputError(f"This JSON schema cannot be used: {why}.", "Simplify the schema, or ask for a json_object.")
