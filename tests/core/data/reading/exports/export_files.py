"""Reads a file as the reader does, for the tests of exports."""

import json

from core.data.reading.bundles.bundle import open_any
from core.data.reading.meter import Meter


def seen(tmp_path, name: str, content: bytes | str | object) -> dict:
    """The rows, columns and notes of a file with this content."""
    if not isinstance(content, (bytes, str)):
        content = json.dumps(content)
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    opened = open_any(path, Meter(on_progress=lambda: None))
    return {"head": [row[1] for row in opened.rows], "columns": opened.columns, "notes": opened.notes}


def noted(found: dict, words: str) -> bool:
    """Whether a note contains these words."""
    return any(words in note for note in found["notes"])
