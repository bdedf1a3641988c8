"""Selects the files of a bundle that are read together: those of one shape, with their columns renamed to match."""

from collections import Counter
from typing import NamedTuple

from core.data.reading.bundles.members import Member, OpenFile, members_of
from core.data.reading.content import Content
from core.data.shapes.detected import MEANING
from core.shape import Shape

NAMES_NOTED = 10


class Selection(NamedTuple):
    """The files of a bundle to read, and notes on those left out."""

    first: Member
    """The largest file, whose columns the others follow."""
    files: list[Content]
    renames: dict[str, dict[str, str]]
    """By file, the columns to rename: own name to the name in `first`."""
    are_documents: bool
    """Whether all are read as documents, even those that hold questions with answers."""
    notes: list[str]


def select_members(files: list[Content], open_file: OpenFile, are_tables: bool) -> Selection:
    """The files that share a shape, of the shape with the most bytes. Raises what `open_file` raises."""
    members = list(members_of(files, open_file, are_tables))
    sizes: Counter[Shape | None] = Counter()
    for member in members:
        sizes[member.shape] += member.file.size_bytes
    known = [shape for shape in sizes if shape] or [None]
    shape = max(known, key=lambda shape: sizes[shape])
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
            renaming = ", ".join(f"{own!r} is read as {name!r}" for own, name in renamed.items())
            notes.append(f"{member.file.name}: {renaming}")
    files = [file for file in files if file.name not in left]
    return Selection(first, files, renames, are_documents, [*_other_shapes(left, shape), *notes])


def _renamed(member: Member, first: Member) -> dict[str, str] | None:
    """The columns to rename as in the first file; None where that cannot make them agree."""
    if not member.shape:
        return {} if set(member.columns) & set(first.columns) else None
    renamed = {
        own: first.mapping[role]
        for role, own in member.mapping.items()
        if role in first.mapping and first.mapping[role] != own
    }
    are_free = {*renamed.values()}.isdisjoint(set(member.columns) - renamed.keys())
    return renamed if are_free and set(renamed) <= set(member.columns) else None


def _other_shapes(left: dict[str, Member], shape: Shape | None) -> list[str]:
    """A note for each other shape, naming its files."""
    by_shape: dict[Shape | None, list[str]] = {}
    for name, member in left.items():
        by_shape.setdefault(member.shape, []).append(name)
    read = MEANING[shape].lower() if shape else "files with other columns"
    return [
        f"left out, {MEANING[other].lower() if other else 'unknown columns'} among {read}; import separately: "
        f"{', '.join(names[:NAMES_NOTED])}{f' and {len(names) - NAMES_NOTED} more' if len(names) > NAMES_NOTED else ''}"
        for other, names in by_shape.items()
    ]


def left_out(why: str, names: list[str]) -> list[str]:
    """A note that names the files left out, or nothing."""
    if not names:
        return []
    more = f" and {len(names) - NAMES_NOTED} more" if len(names) > NAMES_NOTED else ""
    return [f"left out, {why}: {', '.join(names[:NAMES_NOTED])}{more}"]
