"""Reads a person's file row by row: CSV, a JSON array, or JSON lines, told apart by what is in it, not by its name."""

import codecs
import csv
import json
import sys
from collections.abc import Iterator
from itertools import chain, count, islice
from pathlib import Path
from typing import TextIO

from core.artifacts import sha256_of
from core.data.columns import count_known
from core.data.rows import Row, Source
from core.data.validation import Drop
from core.errors import InputError, NotFoundError

_FORMATS_READ = "Give a CSV file with a header row, a JSON array of objects, or JSON lines."
_MAGIC = {
    b"PK\x03\x04": "a zip archive (Excel and Word files are such)",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip archive",
    b"GGUF": "a GGUF model",
    b"SQLite format 3": "an SQLite database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_PIECE = 1 << 20
_LONGEST_COLUMN_NAME = 60
_ROWS_LOOKED_AT_FOR_COLUMNS = 100


def open_file(path: Path) -> Source:
    """The rows of a file. Raises NotFoundError, or InputError that says what the file is and what is needed."""
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "is not there, or is no plain file"
        raise NotFoundError(f"{path} {what}.", "Check the path.")
    try:
        encoding = _encoding_of(path)
    except PermissionError:
        raise InputError(f"{path.name} may not be read by this user.", "Change its permissions.") from None
    file = path.open(encoding=encoding, newline="")
    first = _first_character(file)
    if first == "[":
        form, columns, rows = _open_json_array(file.read(), path.name)
    elif first == "{" and _is_object(file.readline()):
        form, columns, rows = _open_json_lines(file, path.name)
    elif first == "{":
        file.seek(0)
        form, columns, rows = _open_json_object(file.read(), path.name)
    else:
        form, columns, rows = _open_csv(file, path.name)
    size = path.stat().st_size
    facts = {"kind": "file", "file": path.name, "format": form, "encoding": encoding, "bytes": size}
    facts["sha256"] = sha256_of(path)
    return Source(facts, columns, _closing(file, rows), position=lambda: (_bytes_read(file, size), size))


def _closing(file: TextIO, rows: Iterator[Row]) -> Iterator[Row]:
    with file:
        yield from rows


def _bytes_read(file: TextIO, size: int) -> int:
    return size if file.closed else file.buffer.tell()


def _encoding_of(path: Path) -> str:
    """An encoding that all of the file is text in. Raises InputError for what is empty or no text."""
    with path.open("rb") as file:
        head = file.read(_PIECE)
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise InputError(f"{path.name} is {what}, not a text file.", f"Save it as CSV first. {_FORMATS_READ}")
    marked = next((name for mark, name in _BYTE_ORDER_MARKS.items() if head.startswith(mark)), None)
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        is_text, is_empty = _look_through(path, encoding)
        if is_text and is_empty:
            raise InputError(f"{path.name} is empty.", _FORMATS_READ)
        if is_text:
            return encoding
    raise InputError(f"{path.name} is not a text file: it holds bytes that are no letters.", _FORMATS_READ)


def _look_through(path: Path, encoding: str) -> tuple[bool, bool]:
    is_empty = True
    with path.open(encoding=encoding, newline="") as file:
        try:
            while piece := file.read(_PIECE):
                if "\0" in piece:
                    return False, False
                is_empty = is_empty and not piece.strip()
        except UnicodeError:
            return False, False
    return True, is_empty


def _first_character(file: TextIO) -> str:
    """The first character that is no white space; the file is left at the start of its line."""
    start = file.tell()
    while line := file.readline():
        if line.strip():
            file.seek(start)
            return line.strip()[0]
        start = file.tell()
    return ""


# --- JSON


def _open_json_lines(file: TextIO, name: str) -> tuple[str, list[str], Iterator[Row]]:
    file.seek(0)
    rows = _json_lines(file)
    head = list(islice(rows, _ROWS_LOOKED_AT_FOR_COLUMNS))
    if len(head) == 1:
        file.seek(0)
        return _open_json_object(file.read(), name)
    return "JSON lines", _columns_of(head, name), chain(head, rows)


def _json_lines(file: TextIO) -> Iterator[Row]:
    for number, line in enumerate(iter(file.readline, ""), start=1):
        if line.strip():
            try:
                yield _row_of(number, json.loads(line))
            except (ValueError, RecursionError):
                yield Row(number, {}, Drop.NOT_JSON)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _open_json_object(text: str, name: str) -> tuple[str, list[str], Iterator[Row]]:
    """One object: an example of its own, or a wrapper with one list of examples under some name."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise _json_error(error, name) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} cannot be read as JSON: {error}.", _FORMATS_READ) from None
    lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    items = lists[0] if len(lists) == 1 and not count_known(list(whole)) else [whole]
    rows = [_row_of(number, item) for number, item in enumerate(items, start=1)]
    return "JSON", _columns_of(rows[:_ROWS_LOOKED_AT_FOR_COLUMNS], name), iter(rows)


def _open_json_array(text: str, name: str) -> tuple[str, list[str], Iterator[Row]]:
    rows = _array_rows(text, name)
    head = list(islice(rows, _ROWS_LOOKED_AT_FOR_COLUMNS))
    if not head:
        raise InputError(f"{name} is an empty JSON array.", _FORMATS_READ)
    return "JSON", _columns_of(head, name), chain(head, rows)


def _array_rows(text: str, name: str) -> Iterator[Row]:
    """The items of a JSON array one by one, so that a mistake is named by its row."""
    decoder = json.JSONDecoder()
    place = _past_space(text, text.index("[") + 1)
    if text[place : place + 1] == "]":
        return
    for number in count(1):
        try:
            item, place = decoder.raw_decode(text, place)
            place = _past_space(text, place)
            if text[place : place + 1] not in (",", "]"):
                raise json.JSONDecodeError("Expecting ',' or ']'", text, place)
        except json.JSONDecodeError as error:
            raise _json_error(error, name, number) from None
        except (ValueError, RecursionError) as error:
            raise InputError(f"Row {number} of {name} cannot be read as JSON: {error}.", "Mend or remove it.") from None
        yield _row_of(number, item)
        if text[place] == "]":
            return
        place = _past_space(text, place + 1)


def _past_space(text: str, place: int) -> int:
    return json.decoder.WHITESPACE.match(text, place).end()


def _json_error(error: json.JSONDecodeError, name: str, row: int | None = None) -> InputError:
    where = f"line {error.lineno}, column {error.colno}" + (f" (row {row})" if row else "")
    return InputError(
        f"{name} is not valid JSON: at {where}: {error.msg[0].lower()}{error.msg[1:]}.",
        f"Mend it there, or save the data as CSV. {_FORMATS_READ}",
    )


def _row_of(number: int, item: object) -> Row:
    return Row(number, item) if isinstance(item, dict) else Row(number, {}, Drop.NOT_AN_OBJECT)


def _columns_of(head: list[Row], name: str) -> list[str]:
    columns = list(dict.fromkeys(column for row in head for column in row.values))
    if not columns:
        raise InputError(f"{name} is JSON, but its rows are not objects with named values.", _FORMATS_READ)
    return columns


# --- CSV


def _open_csv(file: TextIO, name: str) -> tuple[str, list[str], Iterator[Row]]:
    csv.field_size_limit(sys.maxsize)  # whole documents stand in one cell; too long ones are dropped by name later
    delimiter = max(_DELIMITERS, key=lambda mark: _promise(file, mark))
    reader = _reader(file, delimiter)
    header = [cell.strip() for cell in _first_record(reader)]
    if not count_known(header) and (len(header) < 2 or max(map(len, header)) > _LONGEST_COLUMN_NAME):
        start = header[0][:60] if header else ""
        raise InputError(f"{name} is neither CSV nor JSON: it begins with {start!r}.", _FORMATS_READ)
    form = "CSV" if delimiter == "," else f"CSV with {_DELIMITERS[delimiter]}"
    return form, header, _csv_rows(reader, header, name)


def _reader(file: TextIO, delimiter: str):
    file.seek(0)
    # Lines by readline(), as iterating a file forbids asking how far it has been read.
    return csv.reader(iter(file.readline, ""), delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t")


def _promise(file: TextIO, delimiter: str) -> tuple[int, int]:
    header = _first_record(_reader(file, delimiter))
    return count_known(header), len(header)


def _first_record(reader: Iterator[list[str]]) -> list[str]:
    try:
        return next((record for record in reader if record), [])
    except csv.Error:
        return []


def _csv_rows(reader, header: list[str], name: str) -> Iterator[Row]:
    number = 1
    while True:
        number += 1
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "end of data" in str(error):  # it may have swallowed any number of rows: they are not lost silently
                raise InputError(
                    f"Row {number} of {name} (line {line}) opens a quote that is never closed.",
                    "Close it, or save the file again as CSV from a spreadsheet.",
                ) from None
            yield Row(number, {}, Drop.BROKEN_QUOTES)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(header) :]):
            yield Row(number, {}, Drop.TOO_MANY_CELLS)
        else:
            yield Row(number, dict(zip(header, cells, strict=False)))
