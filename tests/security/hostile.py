"""Hostile values for any field of any route of an OpenAPI document."""

import json
from collections.abc import Iterator
from typing import NamedTuple

import httpx

UNFIT = {
    "half a character": "\ud800",
    "half a character, as a key": {"\ud800": 1},
    "NUL": "x\0y",
    "NUL, deep inside": [{"x": ["\0"]}],
    "more than 64 bits": 1 << 63,
    "thousands of digits": int("9" * 4000),
    "no number": float("nan"),
    "infinity": float("-inf"),
    "too deep": json.loads("[" * 100 + "]" * 100),
    "too long": "x" * 1_000_001,
}
"""Values that no field takes, whatever its type."""
UNFIT_TEXT = {
    "half a character": "%ED%A0%80",
    "no UTF-8": "%ff",
    "NUL": "x%00y",
    "longer than any name": "x" * 5000,
}
"""What no text of an address may be."""


class Field(NamedTuple):
    """One place of one route."""

    method: str
    path: str
    where: str
    """`body`, `path` or `query`."""
    name: str
    schema: dict


def fields(document: dict) -> Iterator[Field]:
    """Every field of every route: those of bodies, addresses and queries."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for told in operation.get("parameters", ()):
                yield Field(method, path, told["in"], told["name"], _resolved(document, told["schema"]))
            if body := operation.get("requestBody"):
                schema = _resolved(document, body["content"]["application/json"]["schema"])
                for name, told in schema["properties"].items():
                    yield Field(method, path, "body", name, _resolved(document, told))


def _resolved(document: dict, schema: dict) -> dict:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def is_whole_number(schema: dict) -> bool:
    """Whether a field of this schema takes whole numbers, alone or in a list."""
    ways = [schema, *schema.get("anyOf", ()), schema.get("items", {})]
    ways += [way["items"] for way in ways if isinstance(way.get("items"), dict)]
    return any(way.get("type") == "integer" for way in ways)


def send(client: httpx.Client, field: Field, value: object) -> httpx.Response:
    """A request with `value` in `field`, and something harmless in the rest of its address."""
    address, query = field.path, ""
    if field.where == "path":
        address = address.replace(f"{{{field.name}}}", str(value))
    if field.where == "query":
        query = f"?{field.name}={value}"
    while "{" in address:
        address = address.partition("{")[0] + "x" + address.partition("}")[2]
    content = json.dumps({field.name: value}) if field.where == "body" else b""
    return client.request(field.method, address + query, content=content, headers={"Content-Type": "application/json"})
