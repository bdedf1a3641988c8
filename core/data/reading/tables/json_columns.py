"""Finds the rows in a JSON object: stored by column, by name, or nested inside a wrapper."""

from collections.abc import Iterator

from core.examples.messages import looks_like_chat
from core.examples.roles import count_known

SPLIT_NAMES = {
    "train": "train", "training": "train", "validation": "validation", "valid": "validation", "val": "validation",
    "dev": "validation", "test": "test", "testing": "test",
}  # fmt: skip
_MOST_NAMES = 100
"""Of a wrapper object; one with more names is a set of rows by name."""


def with_names(items: Iterator[tuple[int, object]]) -> Iterator[tuple[int, object]]:
    """Numbered items of an array as rows: texts in a column `text`, lists of cells under a first list of names.

    The first item decides; objects stay as they are.
    """
    number, first = next(items, (0, None))
    if isinstance(first, str):
        yield number, {"text": first}
        yield from ((number, {"text": item} if isinstance(item, str) else item) for number, item in items)
    elif isinstance(first, list) and all(isinstance(name, str) for name in first) and count_known(first):
        yield from ((number, _named_cells(first, item)) for number, item in items)
    elif number:
        yield number, first
        yield from items


def _named_cells(names: list[str], cells: object) -> object:
    fits = isinstance(cells, list) and len(cells) <= len(names)
    return dict(zip(names, cells, strict=False)) if fits else cells


def rows_in(whole: dict) -> list:
    """The rows in a JSON object; the object itself where it contains none."""
    return _split_format(whole) or _by_column(whole) or _wrapped(whole) or _by_name(whole) or [whole]


def _split_format(whole: dict) -> list[dict]:
    """Pandas' `split` format, column names beside lists of cells (`{"columns": […], "data": [[…], …]}`)."""
    names, rows = whole.get("columns"), whole.get("data")
    if not isinstance(names, list) or not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return []
    return [dict(zip(map(str, names), row, strict=False)) for row in rows]


def _by_column(whole: dict) -> list[dict]:
    """Each column as a list of cells, or as an object with the same keys (`{"0": …, "1": …}`)."""
    columns = list(whole.values())
    if all(isinstance(column, list) for column in columns):
        alike = len(set(map(len, columns))) == 1
        if alike and any(all(isinstance(cell, (str, list)) for cell in column) for column in columns):
            return [dict(zip(whole, cells, strict=True)) for cells in zip(*columns, strict=True)]
    elif all(isinstance(column, dict) and column.keys() == columns[0].keys() for column in columns):
        places = list(columns[0])
        if all(map(str.isdigit, places)) or count_known(whole) > count_known(places[:_MOST_NAMES]):
            return [{name: column[place] for name, column in whole.items()} for place in places]
    return []


def _wrapped(whole: dict) -> list[dict]:
    """All rows in its lists, at any depth, if the object is a wrapper rather than an example."""
    if len(whole) > _MOST_NAMES or any(count_known([name]) and not _are_rows(rows) for name, rows in whole.items()):
        return []
    rows = []
    for name, value in whole.items():
        split, found = SPLIT_NAMES.get(name.lower()), value if _are_rows(value) else []
        if isinstance(value, dict):
            found = _wrapped(value) or (_by_column(value) if split else [])
        rows += [{"split": split, **row} if split else row for row in found]
    return rows


def _are_rows(value: object) -> bool:
    if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value):
        return False
    return bool(count_known(value[0])) and not looks_like_chat(value)


def _by_name(whole: dict) -> list[dict]:
    rows = list(whole.values())
    return rows if len(rows) > 1 and all(isinstance(row, dict) for row in rows) else []
