"""Constrained JSON output: answers match the schema, and a schema that cannot be enforced is refused."""

import json
from contextlib import closing
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import jsonschema
import pytest
from pydantic import BaseModel, Field

from core.errors import InputError
from core.inference.grammar.json_grammar import grammar_of
from core.inference.settings import SamplingSettings

QUESTION = [{"role": "user", "content": "What is another word for big?"}]
PAIR = {
    "type": "object",
    "description": "a question and its answer",
    "properties": {
        "question": {"type": "string", "minLength": 5, "maxLength": 40},
        'the "answer"\\é': {"type": "string", "maxLength": 40},
    },
    "required": ["question"],
    "additionalProperties": False,
}
TREE = {
    "$defs": {"node": {"type": "object", "properties": {"leaf": {"type": "boolean"}, "next": {"$ref": "#/$defs/end"}}},
              "end": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/node"}]}},
    "$ref": "#/$defs/node",
}  # fmt: skip
SCHEMAS = [
    PAIR,
    {"type": "object", "properties": {"pairs": {"type": "array", "items": PAIR, "minItems": 2, "maxItems": 3}}},
    {"type": "object", "properties": {"kind": {"enum": ["a \"b\"", 3, None]}, "sure": {"const": True}}},
    {"type": "object", "properties": {"n": {"type": "integer"}, "x": {"type": ["number", "null"]}}},
    {"type": "array", "items": {"type": "boolean"}, "maxItems": 3},
    {"type": "array", "items": {"type": "integer"}, "maxItems": 0},
    {"type": "object", "properties": {"a": {"type": "null"}}, "additionalProperties": {"type": "string"}},
    {"type": "object", "properties": {}, "additionalProperties": False},
    {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "null"}], "items": False, "minItems": 2},
    {"type": "array", "prefixItems": [{"type": "null"}], "items": {"type": "boolean"}, "minItems": 3, "maxItems": 4},
    {"type": "string", "enum": ["a", 1, None]},
    {"type": ["string", "null"], "maxLength": 4},
    {"type": "string", "minLength": 3, "maxLength": 3},
    {"oneOf": [{"const": "a", "title": "first"}, {"const": "ab"}]},
    {"properties": {"a": {"$ref": "#/$defs/yes"}}, "$defs": {"yes": {"allOf": [{"type": "boolean"}]}}},
    {"$id": "https://x.example/y", "type": "array", "items": {"$ref": "#"}, "maxItems": 1},
]  # fmt: skip


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    born: date


class Owner(BaseModel):
    """Has the features that pydantic, and so OpenAI's client, turns into a schema."""

    model_config = {"extra": "forbid"}

    id: UUID
    since: datetime
    colour: Colour = Colour.RED
    size: Literal["s", "m", 3]
    age: int | None = Field(None, description="in years", ge=0, lt=150)
    share: float = Field(ge=0, le=1)
    weight: int | float
    pets: list[Cat | Dog] = Field(max_length=2)
    first: Cat | Dog = Field(discriminator="kind")
    names: tuple[str, bool]
    counts: dict[str, int]
    more: Any = None


def answer(engine, schema: dict | None, **settings):
    form = {"type": "json_schema", "json_schema": {"schema": schema}} if schema else {"type": "json_object"}
    settings = SamplingSettings(**{"max_tokens": 900, "temperature": 2, "response_format": form, **settings})
    *_, last = chunks = list(engine.generate(QUESTION, settings))
    return "".join(chunk.text for chunk in chunks), last


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_answer_matches_its_schema(llama_engine, schema):
    for seed in range(3):
        text, last = answer(llama_engine, schema, seed=seed)
        assert last.finish_reason == "stop", text
        jsonschema.validate(json.loads(text), schema)


def test_an_answer_validates_as_the_pydantic_class(llama_engine):
    answers = (answer(llama_engine, Owner.model_json_schema(), seed=seed, temperature=1) for seed in range(4))
    ended = next(text for text, last in answers if last.finish_reason == "stop")
    Owner.model_validate_json(ended, extra="forbid")


def fits(engine, schema: dict, text: str) -> bool:
    """Whether a model constrained to `schema` could generate `text`."""
    with closing(engine.grammar(grammar_of(schema))) as grammar:
        for token in engine.piece_ids(text, parse_special=False):
            if not grammar.allows(token):
                return False
            grammar.accept(token)
        return grammar.allows(next(token for token in range(engine.model.vocabulary_size) if engine.ends(token)))


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        ({"type": "object", "additionalProperties": {"type": "integer"}}, '{"a": 1, "b":2}', '{"a": "1"}'),
        ({"type": "object"}, '{"a": ["b", null]}', "[1]"),
        ({"type": "string"}, r'"\u00e9\ud7ff"', r'"\ud83d\ude00"'),  # two escapes, yet one character
        ({"type": "string", "format": "date"}, '"2024-11-30"', '"2024-11-31"'),
        ({"type": "string", "format": "date-time"}, '"2024-02-28T23:59:59.5+01:00"', '"2024-02-30T23:59:59Z"'),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "1.5", '"1.5"'),
        ({"anyOf": [{"type": "string"}, {}]}, "[1]", "[1"),
        ({"type": "integer", "minimum": 1, "maximum": 5}, "5", "6"),
        ({"type": "integer", "exclusiveMinimum": -30, "exclusiveMaximum": 120}, "-29", "-30"),
        ({"type": "integer", "minimum": 0}, "1234567890", "-1"),
        ({"type": "integer", "minimum": -(2**53) + 1, "maximum": 2**53 - 1}, str(2**53 - 1), str(2**53)),
        ({"type": "integer", "minimum": 2.5}, "3", "2"),
        ({"type": "number", "minimum": 0, "maximum": 1}, "0.25", "1.01"),
        ({"type": "number", "minimum": -1, "maximum": 20}, "-0.5", "-1.5"),
        ({"type": ["number", "null"], "maximum": 0}, "-7.5", "0.1"),
    ],
)
def test_a_grammar_allows_matching_text_and_forbids_other_text(llama_engine, schema, right, wrong):
    assert fits(llama_engine, schema, right)
    assert not fits(llama_engine, schema, wrong)


def test_a_schema_may_refer_to_itself(llama_engine):
    text, last = answer(llama_engine, TREE, seed=1, temperature=5, top_p=1)
    assert last.finish_reason == "stop", text
    jsonschema.validate(json.loads(text), TREE)


@pytest.mark.long
def test_any_json_object_can_be_requested(llama_engine):
    answers = (answer(llama_engine, None, seed=seed) for seed in range(6))
    ended = next(text for text, last in answers if last.finish_reason == "stop")
    assert isinstance(json.loads(ended), dict)


def test_the_same_seed_gives_the_same_json(llama_engine):
    assert answer(llama_engine, PAIR, seed=4)[0] == answer(llama_engine, PAIR, seed=4)[0]


def test_a_model_other_than_a_gguf_refuses_before_it_reads_the_schema(transformers_engine):
    for schema in (PAIR, widening(14, 30, [])):
        with pytest.raises(InputError, match="not a GGUF"):
            answer(transformers_engine, schema)


def long_texts(count: int) -> dict:
    return {"type": "object", "properties": {str(n): {"type": "string", "maxLength": 1500} for n in range(count)}}


def nested(depth: int) -> dict:
    schema = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    return schema


def empty_choices(depth: int) -> dict:
    schema = {"anyOf": [{"type": []}] * 2}
    for _ in range(depth):
        schema = {"anyOf": [schema, schema]}
    return schema


def wide_choice(choices: int, values: int) -> dict:
    return {"anyOf": [{"enum": [f"{choice}-{value}" for value in range(values)]} for choice in range(choices)]}


def around(schema: dict, depth: int) -> dict:
    """`schema` as the only alternative of `depth` nested choices."""
    for _ in range(depth):
        schema = {"anyOf": [schema]}
    return schema


def chain(length: int) -> dict:
    """A chain of references."""
    parts = {f"a{place}": {"$ref": f"#/$defs/a{place + 1}"} for place in range(length)}
    return {"$defs": parts | {f"a{length}": {"type": "null"}}, "anyOf": [{"$ref": "#/$defs/a0"}]}


def widening(depth: int, choices: int, end: object = "null") -> dict:
    """Levels of choices that all begin alike: exponentially many paths through the schema."""
    parts = {f"a{level}": {"anyOf": [{"$ref": f"#/$defs/a{level + 1}"}] * choices} for level in range(depth)}
    return {"$defs": parts | {f"a{depth}": {"type": end}}, "$ref": "#/$defs/a0"}


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"type": "string", "pattern": "a+"}, "pattern"),
        ({"type": "integer", "multipleOf": 3}, "multipleOf"),
        ({"type": "number", "minimum": 0.5}, "'minimum' 0.5"),
        ({"type": "number", "exclusiveMinimum": 0}, "'exclusiveMinimum' 0"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "between its bounds"),
        ({"type": "integer", "exclusiveMaximum": True}, "exclusiveMaximum"),
        ({"type": "string", "maximum": 4}, "maximum"),
        ({"type": "colour"}, "colour"),
        ({"type": "object", "properties": {"a": "string"}}, "not a schema"),
        ({"type": "object", "properties": []}, "properties"),
        ({"type": "object", "properties": {"a": False}}, "any value could match"),
        ({"type": "object", "properties": {"a": True}, "required": ["b"]}, "required.*'b'"),
        ({"type": "object", "required": ["b"]}, "required.*'b'"),
        ({"type": "object", "additionalProperties": {"type": "integer", "multipleOf": 2}}, "multipleOf"),
        ({"type": "object", "patternProperties": {"^a": {}}}, "patternProperties"),
        ({"type": "object", "anyOf": [{"required": ["a"]}]}, "'type' beside 'anyOf'"),
        ({"enum": ["a", "bb"], "minLength": 2}, "'minLength' beside 'enum'"),
        ({"type": "integer", "enum": ["a"]}, "enum"),
        ({"enum": [float("nan")]}, "written as JSON"),
        ({"const": "\ud800"}, "written as JSON"),
        ({"$ref": "#/$defs/a", "minimum": 1, "$defs": {"a": {"type": "integer"}}}, "'minimum' beside '\\$ref'"),
        ({"allOf": [{"type": "integer"}, {"minimum": 1}]}, "allOf"),
        ({"type": "array", "items": [{"type": "integer"}]}, "prefixItems"),
        ({"type": "array", "prefixItems": [{}], "items": False, "minItems": 2}, "minItems"),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "uniqueItems"),
        ({"type": "string", "format": "email"}, "email"),
        ({"type": "string", "nullable": True}, "nullable"),
        ({"type": "object", "properties": {"a": {"$ref": "#"}}}, "without end"),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "both be number"),
        ({"type": []}, "empty"),
        (empty_choices(25), "too large"),
        (widening(12, 30, []), "empty"),
        (
            {"type": "object", "properties": {str(n): {"type": "string", "maxLength": 1500} for n in range(99)}},
            "add up",
        ),
        ({"type": "string", "maxLength": 10**9}, "maxLength"),
        ({"type": "string", "minLength": True}, "minLength"),
        ({"type": "array", "minItems": 3, "maxItems": 2}, "more than"),
        ({"enum": []}, "enum"),
        ({"anyOf": []}, "anyOf"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}, {"enum": [1, 2]}]}, "both be number"),
        ({"anyOf": [PAIR, {"type": "null"}, PAIR]}, "both be object"),
        ({"type": ["string", "null", "string"]}, "both be string"),
        ({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}, "refers to itself"),
        (around(wide_choice(2, 450), 25), "too long to compare"),
        ({"const": "x" * 1_000_001}, "too large"),
        ({"type": "object", "properties": {"x" * 1_000_001: {"type": "null"}}}, "too large"),
        (widening(12, 30), "both be"),
        ({"$ref": "https://evil.example/schema"}, "evil.example"),
        ({"type": "object", "properties": {str(number): {"type": "null"} for number in range(600)}}, "parts"),
        (nested(40), "levels deep"),
    ],
)
def test_an_unenforceable_schema_is_refused(schema, problem):
    with pytest.raises(InputError, match=problem):
        grammar_of(schema)
