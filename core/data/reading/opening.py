"""Opens files for reading, from the trusted side: rows and errors come from a child process that parses."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson

from core.data.reading.reader_process import ReaderProcess
from core.data.rows import Packet, Row, Source
from core.errors import InputError, NotFoundError
from core.examples.drops import Drop
from core.manifests import sha256_of

_ROWS_LOOKED_AT = 100
"""As many as preparing decides by, so that a page previews what a job will do."""


def open_path(path: Path, max_rows: int | None = None) -> Source:
    """The rows of a file in any supported format, or of a folder or archive of such files; at most `max_rows`.

    Raises NotFoundError, or InputError that names the place in the file; so does iterating over the rows. Examples::

        source = open_path(Path("questions.csv"))
        source.columns                                  # ["instruction", "output"]
        [row.values for row in source.rows]             # [{"instruction": "…", "output": "…"}, …]
    """
    _check(path)
    reader = ReaderProcess(path, max_rows)
    facts: dict[str, object] = {"kind": "folder" if path.is_dir() else "file", "file": path.name}
    aside = ThreadPoolExecutor(1)
    hashing = aside.submit(sha256_of, path) if path.is_file() else None
    aside.shutdown(wait=False)
    opened = reader.opened()
    facts |= opened["facts"]
    total = opened["facts"]["bytes"]
    packets = reader.packets(facts)
    rows = (row for packet in packets for row in unpack(packet))

    def settle() -> None:
        if hashing:
            facts["sha256"] = hashing.result()

    return Source(facts, opened["columns"], rows, lambda: (reader.done, total), packets, settle)


def look(path: Path) -> dict[str, object]:
    """A preview of `path`: `format`, `encoding`, `columns`, `head` (up to 100 rows) and `notes`.

    Raises what `open_path` raises.
    """
    _check(path)
    reader = ReaderProcess(path, _ROWS_LOOKED_AT)
    opened = reader.opened()
    facts = opened["facts"]
    head = [row for packet in reader.packets(facts) for row in unpack(packet)]
    return {
        "format": facts["format"],
        "encoding": facts["encoding"],
        "columns": opened["columns"],
        "head": [row.values for row in head if not row.problem],
        "notes": facts["notes"] + [f"row {row.number}: {row.problem}" for row in head if row.problem],
    }


def unpack(packet: Packet) -> list[Row]:
    """The rows in a packet."""
    frame = orjson.loads(packet.frame)
    rows = frame["rows"] if "rows" in frame else _rows_in_file(packet.file, *frame["span"])
    return [Row(*row) if len(row) == 2 else Row(row[0], row[1], Drop(row[2])) for row in rows]


def _rows_in_file(file: Path, start: int, size: int, first: int) -> list[tuple]:
    from core.data.reading.tables.json_spans import rows_of_lines  # not at the top, as above

    with file.open("rb") as opened:
        opened.seek(start)
        return rows_of_lines(opened.read(size), first)


def _check(path: Path) -> None:
    if not (path.is_file() or path.is_dir()):
        raise NotFoundError(f"{path} does not exist, or is not a regular file or folder.", "Check the path.")
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        raise InputError(f"You have no permission to read {path.name}.", "Change its permissions.")
