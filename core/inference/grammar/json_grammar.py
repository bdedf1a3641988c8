"""A JSON schema as a grammar (GBNF): a model constrained by it can generate only JSON that matches the schema.

Objects come out with all their properties, in the order of the schema, and no others. A schema that a grammar cannot
enforce is refused rather than enforced in part. Loads only the standard library.
"""

from core.inference.grammar.ambiguity import ChoiceChecker
from core.inference.grammar.gbnf import JSON_RULES, STRING_FORMATS, quoted
from core.inference.grammar.keywords import BOUNDS, alone, bounds, only, typed
from core.inference.grammar.limits import DEEPEST, refused
from core.inference.grammar.number_grammar import number_grammar
from core.inference.grammar.schema import Schema
from core.inference.grammar.values import as_text, listed

_MOST_PARTS = 500
_MOST_REPEATS_IN_ALL = 20_000
_MOST_CHARACTERS = 500_000

Needs = list[set[str]]
"""For each alternative of a rule, the rules that must terminate for it to terminate."""


def grammar_of(schema: dict | None) -> str:
    """The grammar for the JSON that `schema` describes; for any JSON object if None.

    Raises InputError for a schema that is malformed, too large, or not enforceable by a grammar.
    """
    if schema is None:
        return "root ::= object" + JSON_RULES
    root, lines = rules_of(schema, "part")
    return "\n".join([f"root ::= {root}", *lines]) + JSON_RULES


def rules_of(schema: dict, prefix: str) -> tuple[str, list[str]]:
    """The name of the rule for `schema`, and all rules it needs besides JSON_RULES, named `prefix` and a number.

    Raises as `grammar_of`.
    """
    whole = Schema(schema)
    writer = _Writer(whole, prefix)
    root = writer.rule(whole.root, depth=0)
    writer.check_termination()
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
        self._checker = ChoiceChecker(whole)
        self._needs: dict[str, Needs] = {}
        self._of_reference: dict[str, str] = {}
        self._parts = self._repeats = 0

    def rule(self, schema: object, depth: int) -> str:
        """The name of the rule for one part."""
        self._parts += 1
        if self._parts > _MOST_PARTS or depth > DEEPEST:
            raise refused(f"it has more than {_MOST_PARTS} parts, or they are nested more than {DEEPEST} levels deep")
        schema = self._whole.part(schema)
        if "$ref" in schema:
            return self._reference(alone(schema, "$ref"), depth)
        if "allOf" in schema:
            return self.rule(only(alone(schema, "allOf")), depth + 1)
        return self._new_rule(*self._body(schema, depth))

    def check_termination(self) -> None:
        """Raise InputError if a part always contains another of itself: no finite JSON could match it."""
        ended: set[str] = set()
        while found := {
            name for name in self._needs.keys() - ended if any(need <= ended for need in self._needs[name])
        }:
            ended |= found
        if self._needs.keys() - ended:
            raise refused("a part of it contains itself without end: allow null there, or a list")

    def _new_rule(self, body: str, needs: Needs) -> str:
        name = f"{self._prefix}-{len(self.rules)}"
        self.rules[name], self._needs[name] = body, needs
        return name

    def _reference(self, reference: object, depth: int) -> str:
        target = self._whole.target(reference)
        if reference not in self._of_reference:
            name = self._of_reference[reference] = self._new_rule("", [])  # named first: it may refer to itself
            self.rules[name] = self.rule(target, depth + 1)
            self._needs[name] = [{self.rules[name]}]
        return self._of_reference[reference]

    def _body(self, schema: dict, depth: int) -> tuple[str, Needs]:
        if "const" in schema or "enum" in schema:
            return " | ".join(map(_literal, listed(schema))), [set()]
        if choices := self._whole.choices(schema):
            self._checker.check(choices)
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
            return f'"{{" {_separated(members)} "}}"', [set(parts.values())]
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
            raise refused("'minItems' is more than the number of items it allows")
        if high is not None and high == len(parts):
            return f'"[" {_separated(parts)} "]"', [set(parts)]
        name = self.rule(item, depth + 1)
        needs = {*parts, name} if low > len(parts) else set(parts)
        begun = parts or [name]
        most = None if high is None else high - len(begun)
        more = self._repeated(f'("," space {name})', max(low - len(begun), 0), most)
        whole = f"{_separated(begun)} {more}"
        return f'"[" {whole} "]"' if low or parts else f'"[" ({whole})? "]"', [needs]

    def _string(self, schema: dict) -> str:
        low, high = bounds(schema, "minLength", "maxLength")
        if "format" not in schema:
            return rf'"\"" {self._repeated("char", low, high)} "\""'
        if schema["format"] not in STRING_FORMATS or "minLength" in schema or "maxLength" in schema:
            raise refused(f"the format {str(schema['format'])[:60]!r} is not supported, or not together with a length")
        return rf'"\"" {schema["format"]} "\""'

    def _repeated(self, rule: str, low: int, high: int | None) -> str:
        self._repeats += high or low
        if self._repeats > _MOST_REPEATS_IN_ALL:
            raise refused(f"its lengths add up to more than {_MOST_REPEATS_IN_ALL:,}")
        return f"{rule}{{{low},{'' if high is None else high}}}"


def _check_required(names: object, properties: dict) -> None:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise refused("'required' must be a list of names")
    if missing := [name for name in names if name not in properties]:
        raise refused(f"'required' names {missing[0][:60]!r}, which is not one of its properties")


def _separated(rules: list[str]) -> str:
    return ' "," space '.join(rules)


def _literal(value: object) -> str:
    return quoted(as_text(value))
