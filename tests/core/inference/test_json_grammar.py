"""Answers held to JSON: whatever a model would like to say, what it says fits the schema, or the schema is refused."""

import json

import jsonschema
import pytest

from core.errors import InputError
from core.inference.json_grammar import grammar_of
from core.inference.schemas import SamplingSettings

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
]  # fmt: skip


def answer(engine, schema: dict | None, **settings):
    form = {"type": "json_schema", "json_schema": {"schema": schema}} if schema else {"type": "json_object"}
    settings = SamplingSettings(**{"max_tokens": 900, "temperature": 2, "response_format": form, **settings})
    *_, last = chunks = list(engine.generate(QUESTION, settings))
    return "".join(chunk.text for chunk in chunks), last


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_answer_is_json_that_fits_its_schema(llama_engine, schema):
    for seed in range(3):
        text, last = answer(llama_engine, schema, seed=seed)
        assert last.finish_reason == "stop", text
        jsonschema.validate(json.loads(text), schema)


def test_a_schema_may_refer_to_itself(llama_engine):
    text, last = answer(llama_engine, TREE, seed=1, temperature=5, top_p=1)
    assert last.finish_reason == "stop", text
    jsonschema.validate(json.loads(text), TREE)


def test_any_json_object_can_be_asked_for(llama_engine):
    ended = [text for seed in range(6) for text, last in [answer(llama_engine, None, seed=seed)]
             if last.finish_reason == "stop"]  # fmt: skip
    assert ended and all(isinstance(json.loads(text), dict) for text in ended)


def test_the_same_seed_gives_the_same_json(llama_engine):
    assert answer(llama_engine, PAIR, seed=4)[0] == answer(llama_engine, PAIR, seed=4)[0]


def test_a_model_that_is_no_gguf_says_so(transformers_engine):
    with pytest.raises(InputError, match="no GGUF"):
        answer(transformers_engine, PAIR)


def nested(depth: int) -> dict:
    schema = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    return schema


def widening(depth: int, choices: int) -> dict:
    """At each level so many choices that all begin alike: more ways through it than anyone can follow."""
    parts = {f"a{level}": {"anyOf": [{"$ref": f"#/$defs/a{level + 1}"}] * choices} for level in range(depth)}
    return {"$defs": parts | {f"a{depth}": {"type": "null"}}, "$ref": "#/$defs/a0"}


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "string", "pattern": "a+"}, "pattern"),
        ({"type": "integer", "minimum": 3}, "minimum"),
        ({"type": "colour"}, "colour"),
        ({"type": "object", "properties": {"a": "string"}}, "no schema"),
        ({"type": "object", "properties": {}}, "names"),
        ({"type": "string", "maxLength": 10**9}, "maxLength"),
        ({"type": "string", "minLength": True}, "minLength"),
        ({"type": "array", "minItems": 3, "maxItems": 2}, "more than"),
        ({"enum": []}, "enum"),
        ({"anyOf": []}, "anyOf"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}, {"enum": [1, 2]}]}, "both be number"),
        ({"anyOf": [PAIR, {"type": "null"}, PAIR]}, "both be object"),
        ({"type": ["string", "null", "string"]}, "both be string"),
        ({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}, "refers to others"),
        (widening(12, 30), "both be"),
        ({"$ref": "https://evil.example/schema"}, "evil.example"),
        ({"type": "object", "properties": {str(number): {"type": "null"} for number in range(600)}}, "parts"),
        (nested(40), "inside each other"),
    ],
)
def test_what_a_grammar_cannot_hold_to_is_refused(schema, told):
    with pytest.raises(InputError, match=told):
        grammar_of(schema)
