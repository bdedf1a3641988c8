"""Questions from a dataset, for trying out a model that was trained on it."""

import json
from pathlib import Path

from core.data.store.datasets import open_tables
from core.examples.example import messages_of, shape_of
from core.specs import Shape, Split

_LONGEST = 400
_ROWS_LOOKED_AT = 50


def questions_of(folder: str | Path, count: int = 3) -> list[str]:
    """Up to `count` short questions from a dataset, from held-out rows if there are any.

    In a conversation the question is the first user turn; plain texts have none. Raises the same as `open_tables`.
    """
    found: dict[str, None] = {}
    parts = open_tables(Path(folder))
    for split in (Split.TEST, Split.VALIDATION, Split.TRAIN):
        rows = parts[split].slice(0, _ROWS_LOOKED_AT).to_pylist() if split in parts else []
        found |= dict.fromkeys(filter(None, map(_question, rows)))
        if found:
            break
    return list(found)[:count]


def _question(row: dict) -> str:
    """The question in a row; "" if there is none or it is too long to read at a glance."""
    if shape_of(row) is Shape.TEXT:
        return ""
    messages = messages_of(row) if "instruction" in row else json.loads(row["messages"])
    said = next((message["content"] for message in messages if message["role"] == "user"), "").strip()
    return said if len(said) <= _LONGEST else ""
