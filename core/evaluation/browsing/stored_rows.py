"""predictions.json as bytes: a JSON list with one row a line, so that a row is read alone by its place in the file."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from core.specs.results.evaluate import Prediction

_PIECE_BYTES = 1 << 20
_BETWEEN = re.compile(r"[ \t\r\n,]*")


class StoredRow(NamedTuple):
    """A row and its byte offset in the file."""

    offset: int
    size_bytes: int
    row: Prediction


def write_rows(file: BinaryIO, rows: Iterable[Prediction]) -> None:
    """Write a JSON list, one row a line."""
    start = b"[\n"
    for row in rows:
        file.write(start + row.model_dump_json().encode())
        start = b",\n"
    file.write(b"[]\n" if start == b"[\n" else b"\n]\n")


def read_row(file: BinaryIO, offset: int, size_bytes: int) -> Prediction:
    """The row at this place of the file."""
    file.seek(offset)
    return Prediction.model_validate_json(file.read(size_bytes), extra="ignore")


def stored_rows(file: BinaryIO) -> Iterator[StoredRow]:
    """Every row of the list in a file of any layout, without holding more than one of them and a MB of the file.

    Raises ValueError if it is not such a list.
    """
    decode, scan = codecs.getincrementaldecoder("utf-8")().decode, json.JSONDecoder().raw_decode
    text, offset, wanted, is_open = "", 0, _PIECE_BYTES, False
    while piece := file.read(wanted):
        text += decode(piece)
        at = 0
        while (start := _BETWEEN.match(text, at).end()) < len(text):
            offset += start - at  # a byte each
            at = start
            if not is_open:
                if text[at] != "[":
                    raise ValueError("not a list")
                is_open, at, offset = True, at + 1, offset + 1
                continue
            if text[at] == "]":
                return
            try:
                values, end = scan(text, at)
            except json.JSONDecodeError:
                wanted *= 2  # the row may be longer than what was read so far
                break
            size_bytes = len(text[at:end].encode())
            yield StoredRow(offset, size_bytes, Prediction.model_validate(values, extra="ignore"))
            at, offset, wanted = end, offset + size_bytes, _PIECE_BYTES
        text = text[at:]
    raise ValueError("the list does not end")
