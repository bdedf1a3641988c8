"""A JSON schema as a grammar of llama.cpp (GBNF), so that a model can write nothing but JSON of that form.

Objects are written with all their properties in the order of the schema, and with no others. What a grammar cannot hold
a model to is refused rather than overlooked: see `json_schema`. Loads nothing but the standard library.
"""

from core.inference.json_schema import BOUNDS, DEEPEST, Schema, alone, as_text, bounds, listed, only, refused, typed
from core.inference.number_grammar import number_grammar

_MOST_PARTS = 500
_MOST_REPEATS_IN_ALL = 20_000
_MOST_CHARACTERS = 500_000
BASICS = r"""
space ::= " "?
char ::= [^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" ([0-9abcefABCEF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}))
string ::= "\"" char* "\""
integer ::= "-"? ("0" | [1-9] [0-9]{0,15})
number ::= integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?
boolean ::= "true" | "false"
null ::= "null"
value ::= object | array | string | number | boolean | null
object ::= "{" (string ":" space value ("," space string ":" space value)*)? "}"
array ::= "[" (value ("," space value)*)? "]"
date ::= [1-9] [0-9]{3} "-" (month "-" day | not-february "-" ("29" | "30") | long "-31")
month ::= "0" [1-9] | "1" [0-2]
day ::= "0" [1-9] | "1" [0-9] | "2" [0-8]
not-february ::= "0" [13-9] | "1" [0-2]
long ::= "0" [13578] | "1" [02]
hour ::= [01] [0-9] | "2" [0-3]
sixty ::= [0-5] [0-9]
time ::= hour ":" sixty ":" sixty ("." [0-9]{1,6})? ("Z" | [-+] hour ":" sixty)
date-time ::= date "T" time
uuid ::= hex{8} "-" hex{4} "-" hex{4} "-" hex{4} "-" hex{12}
hex ::= [0-9a-f]
"""
"""The rules that all grammars made here share."""
_FORMATS = ("date", "time", "date-time", "uuid")

Needs = list[set[str]]
"""For each alternative of a rule, the rules that must come to an end in it."""


def grammar_of(schema: dict | None) -> str:
    """The grammar whose root is the JSON that `schema` describes; any JSON object when None.

    Raises InputError for a schema that is malformed, too large, or asks what a grammar cannot hold a model to.
    """
    if schema is None:
        return "root ::= object" + BASICS
    root, lines = rules_of(schema, "part")
    return "\n".join([f"root ::= {root}", *lines]) + BASICS


def rules_of(schema: dict, prefix: str) -> tuple[str, list[str]]:
    """The name of the rule for `schema`, and all rules that it needs besides BASICS, called by `prefix` and a number.

    Raises as `grammar_of`.
    """
    whole = Schema(schema)
    writer = _Writer(whole, prefix)
    root = writer.rule(whole.root, depth=0)
    writer.check_that_all_end()
    lines = [f"{name} ::= {body}" for name, body in writer.rules.items()]
    if sum(map(len, lines)) > _MOST_CHARACTERS:
        raise refused("it is too long")
    return root, lines


class _Writer:
    """Collects one rule for each part of a schema."""

    def __init__(self, whole: Schema, prefix: str):
        self._prefix = prefix
        self.rules: dict[str, str] = {}
        self._whole = whole
        self._needs: dict[str, Needs] = {}
        self._named: dict[str, str] = {}
        self._parts = self._repeats = 0

    def rule(self, schema: object, depth: int) -> str:
        """The name of the rule for one part."""
        self._parts += 1
        if self._parts > _MOST_PARTS or depth > DEEPEST:
            raise refused(f"it has more than {_MOST_PARTS} parts, or more than {DEEPEST} inside each other")
        schema = self._whole.part(schema)
        if "$ref" in schema:
            return self._reference(alone(schema, "$ref"), depth)
        if "allOf" in schema:
            return self.rule(only(alone(schema, "allOf")), depth + 1)
        return self._new_rule(*self._body(schema, depth))

    def check_that_all_end(self) -> None:
        """Refuse a schema with a part that always holds another of itself: no answer of that form is ever whole."""
        ended: set[str] = set()
        while found := {
            name for name in self._needs.keys() - ended if any(need <= ended for need in self._needs[name])
        }:
            ended |= found
        if self._needs.keys() - ended:
            raise refused("a part of it always holds another of itself, without end: allow null there, or a list")

    def _new_rule(self, body: str, needs: Needs) -> str:
        name = f"{self._prefix}-{len(self.rules)}"
        self.rules[name], self._needs[name] = body, needs
        return name

    def _reference(self, reference: object, depth: int) -> str:
        target = self._whole.target(reference)
        if reference not in self._named:
            name = self._named[reference] = self._new_rule("", [])  # named before it is written: it may hold itself
            self.rules[name] = self.rule(target, depth + 1)
            self._needs[name] = [{self.rules[name]}]
        return self._named[reference]

    def _body(self, schema: dict, depth: int) -> tuple[str, Needs]:
        if "const" in schema or "enum" in schema:
            return " | ".join(map(_literal, listed(schema))), [set()]
        if choices := self._whole.choices(schema):
            self._whole.check_that_choices_differ(choices)
            names = [self.rule(choice, depth + 1) for choice in choices]
            return " | ".join(names), [{name} for name in names]
        kind = typed(schema)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind == "string":
            return self._string(schema), [set()]
        if BOUNDS & schema.keys():
            return number_grammar(schema, kind), [set()]
        return kind or "value", [set()]

    def _object(self, schema: dict, depth: int) -> tuple[str, Needs]:
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        if not isinstance(properties, dict) or not isinstance(others, (bool, dict)):
            raise refused("'properties' must be an object, and 'additionalProperties' a schema")
        _check_required(schema.get("required", []), properties)
        if properties:
            parts = {_literal(name): self.rule(part, depth + 1) for name, part in properties.items()}
            members = [f'{name} ":" space {part}' for name, part in parts.items()]
            return f'"{{" {_listed(members)} "}}"', [set(parts.values())]
        if others is False:
            return '"{}"', [set()]
        member = f'string ":" space {self.rule(others, depth + 1)}'
        return f'"{{" ({member} ("," space {member})*)? "}}"', [set()]

    def _array(self, schema: dict, depth: int) -> tuple[str, Needs]:
        low, high = bounds(schema, "minItems", "maxItems")
        first, item = schema.get("prefixItems", []), schema.get("items", True)
        if not isinstance(first, list) or isinstance(item, list):
            raise refused("'prefixItems' must be a list, and 'items' one schema")
        parts = [self.rule(part, depth + 1) for part in first[:high]]
        high = len(parts) if item is False else high
        if high is not None and low > high:
            raise refused("'minItems' asks for more items than there can be")
        if high is not None and high == len(parts):
            return f'"[" {_listed(parts)} "]"', [set(parts)]
        name = self.rule(item, depth + 1)
        needs = {*parts, name} if low > len(parts) else set(parts)
        begun = parts or [name]
        most = None if high is None else high - len(begun)
        more = self._repeated(f'("," space {name})', max(low - len(begun), 0), most)
        whole = f"{_listed(begun)} {more}"
        return f'"[" {whole} "]"' if low or parts else f'"[" ({whole})? "]"', [needs]

    def _string(self, schema: dict) -> str:
        low, high = bounds(schema, "minLength", "maxLength")
        if "format" not in schema:
            return rf'"\"" {self._repeated("char", low, high)} "\""'
        if schema["format"] not in _FORMATS or "minLength" in schema or "maxLength" in schema:
            raise refused(f"the format {str(schema['format'])[:60]!r} cannot be held to, or not with a length")
        return rf'"\"" {schema["format"]} "\""'

    def _repeated(self, what: str, low: int, high: int | None) -> str:
        self._repeats += high or low
        if self._repeats > _MOST_REPEATS_IN_ALL:
            raise refused(f"its lengths add up to more than {_MOST_REPEATS_IN_ALL:,}")
        return f"{what}{{{low},{'' if high is None else high}}}"


def _check_required(names: object, properties: dict) -> None:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise refused("'required' must be a list of names")
    if missing := [name for name in names if name not in properties]:
        raise refused(f"'required' names {missing[0][:60]!r}, which is not among its properties")


def _listed(rules: list[str]) -> str:
    return ' "," space '.join(rules)


def _literal(value: object) -> str:
    """A JSON value as GBNF writes it."""
    return gbnf(as_text(value))


def gbnf(text: str) -> str:
    """A text as GBNF writes it."""
    for plain, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(plain, written)
    return f'"{text}"'
