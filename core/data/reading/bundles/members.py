"""Looks at the files of a bundle: what shape each of them has."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from core.data.reading.content import Content
from core.data.reading.opened import Opened
from core.data.shapes import detect
from core.errors import InputError
from core.shape import Shape

_ROWS_LOOKED_AT = 20
_FILES_LOOKED_AT = 1_000
"""Applies to documents; every table is inspected."""


class Member(NamedTuple):
    """One file of a bundle, judged by its first rows."""

    file: Content
    columns: list[str]
    shape: Shape | None
    """None if its columns do not tell."""
    mapping: dict[str, str]
    may_be_document: bool = False


OpenFile = Callable[[Content, bool], Opened]
"""Opens a file; with True, as a document if possible."""


def members_of(files: list[Content], open_file: OpenFile, are_tables: bool) -> Iterator[Member]:
    """Each file with its shape. Unreadable documents are skipped here and noted when rows are read."""
    first_error = None
    count = 0
    for file in files if are_tables else files[:_FILES_LOOKED_AT]:
        try:
            opened = open_file(file, False)
            if opened.is_document:
                yield Member(file, opened.columns, Shape.TEXT, {"text": "text"}, True)
            else:
                yield _table(file, opened, not are_tables and open_file(file, True).is_document)
            count += 1
        except InputError as error:
            if are_tables:
                raise
            first_error = first_error or error
    if first_error and not count:
        raise first_error


def _table(file: Content, opened: Opened, may_be_document: bool) -> Member:
    head = [row[1] for row in islice(opened.rows, _ROWS_LOOKED_AT) if len(row) == 2]
    try:
        detected = detect(opened.columns, head)
    except InputError:
        return Member(file, opened.columns, None, {}, may_be_document)
    return Member(file, opened.columns, detected.shape, detected.mapping, may_be_document)
