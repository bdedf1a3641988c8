"""Which files of a bundle are read together: those whose rows are of one shape, each by its own columns."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from core.data.reading.content import Content
from core.data.reading.formats import Opened
from core.data.shapes import detect
from core.data.shapes.detected import MEANING
from core.errors import InputError
from core.shape import Shape

_ROWS_LOOKED_AT = 20
_FILES_LOOKED_AT = 1_000
"""Of documents; tables are all looked at."""


class Member(NamedTuple):
    """One file of a bundle, by its first rows."""

    file: Content
    columns: list[str]
    shape: Shape | None
    """None where its columns do not tell."""
    mapping: dict[str, str]
    may_be_document: bool = False


class Together(NamedTuple):
    """The files that are read, as the first of them has its columns, and words on those that are not."""

    first: Member
    files: list[Content]
    renames: dict[str, dict[str, str]]
    """Of a file, the columns that are called otherwise in the first: own name to that one."""
    are_documents: bool
    """Whether they are all read as documents, those that hold questions with answers too."""
    notes: list[str]


OpenFile = Callable[[Content, bool], Opened]
"""Opens a file, or opens it as a document where it may be one."""


def together(files: list[Content], open_file: OpenFile, are_tables: bool) -> Together:
    """The largest part of `files` that is of one shape. Raises InputError as `open_file`."""
    members = list(_members(files, open_file, are_tables))
    sizes: Counter[Shape | None] = Counter()
    for member in members:
        sizes[member.shape] += member.file.size_bytes
    told = [shape for shape in sizes if shape] or [None]
    shape = max(told, key=lambda shape: sizes[shape])
    first = max((m for m in members if m.shape is shape), key=lambda member: member.file.size_bytes)
    are_documents = first.shape is Shape.TEXT and first.may_be_document
    left, renames, notes = {}, {}, []
    for member in members:
        if set(member.columns) == set(first.columns) or not member.shape and set(member.columns) <= set(first.columns):
            continue
        if are_documents and member.may_be_document:
            continue
        renamed = _renamed(member, first) if member.shape is shape else None
        if renamed is None:
            left[member.file.name] = member
        elif renamed:
            renames[member.file.name] = renamed
            said = ", ".join(f"{own!r} is read as {name!r}" for own, name in renamed.items())
            notes.append(f"{member.file.name}: {said}")
    files = [file for file in files if file.name not in left]
    return Together(first, files, renames, are_documents, [*_left_out(left, shape), *notes])


def _renamed(member: Member, first: Member) -> dict[str, str] | None:
    """The columns of a file that the first has under another name; None where they cannot be called so."""
    if not member.shape:
        return {} if set(member.columns) & set(first.columns) else None
    renamed = {
        own: first.mapping[role]
        for role, own in member.mapping.items()
        if role in first.mapping and first.mapping[role] != own
    }
    are_free = {*renamed.values()}.isdisjoint(set(member.columns) - renamed.keys())
    return renamed if are_free and set(renamed) <= set(member.columns) else None


def _members(files: list[Content], open_file: OpenFile, are_tables: bool) -> Iterator[Member]:
    """What each file is; documents that cannot be read are told when all are read."""
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


def _left_out(left: dict[str, Member], shape: Shape | None) -> list[str]:
    """Words on the files of other shapes, those of one shape together."""
    by_shape: dict[Shape | None, list[str]] = {}
    for name, member in left.items():
        by_shape.setdefault(member.shape, []).append(name)
    read = MEANING[shape].lower() if shape else "files with other columns"
    return [
        f"left out, {MEANING[other].lower() if other else 'of unknown columns'} beside {read}, to be given alone: "
        f"{', '.join(names[:10])}{f' and {len(names) - 10} more' if len(names) > 10 else ''}"
        for other, names in by_shape.items()
    ]
