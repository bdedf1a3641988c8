"""Finds the header row of a table, which may follow a title, a date or a note."""

from core.examples.roles import count_known

ROWS_LOOKED_AT = 10
_LONGEST_NAME = 60
_SPACES_IN_A_SENTENCE = 3


def header_place(rows: list[list[str]]) -> int:
    """The index of the header among the first non-empty `rows` of a table.

    That is the first row, unless it has no known column name and a later one does, or it alone has a single cell.
    """
    rows = [[cell.strip() for cell in row] for row in rows[:ROWS_LOOKED_AT]]
    if not rows or count_known(rows[0]):
        return 0
    filled = [len(list(filter(None, row))) for row in rows]
    needed = min(2, max(filled))
    named = (place for place, row in enumerate(rows) if _may_name(row) and count_known(row) >= needed)
    wide = (place for place, cells in enumerate(filled) if cells > 1)
    return next(named, next(wide, 0))


def are_names(header: list[str]) -> bool:
    """Whether these can be column names: a known name is among them, or they are short and not sentences."""
    return bool(count_known(header)) or not any(
        len(cell) > _LONGEST_NAME or cell.endswith(".") and cell.count(" ") >= _SPACES_IN_A_SENTENCE for cell in header
    )


def names_no_index(records: list[list[str]]) -> bool:
    """Whether rows have one more cell than the header, a unique row number, as R writes them."""
    header, *rows = records or [[]]
    rows = rows[:-1] or rows  # the last may be incomplete
    numbered = all(len(row) == len(header) + 1 and row[0].isdecimal() and row[-1].strip() for row in rows)
    return numbered and len({row[0] for row in rows}) == len(rows) > 1


def _may_name(row: list[str]) -> bool:
    return max(map(len, row), default=0) <= _LONGEST_NAME
