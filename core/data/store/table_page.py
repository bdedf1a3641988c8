"""One page of a dataset's table, for the page that shows it."""

from pathlib import Path

from core.data.store.open_tables import open_table
from core.errors import InputError

_LONGEST_SEARCH = 500


def table_page(
    folder: str | Path,
    split: str | None = None,
    search: str = "",
    filters: dict | None = None,
    sort: str | None = None,
    descending: bool = False,
    offset: int = 0,
    limit: int = 50,
    cell_characters: int = 10_000,
) -> dict:
    """One page of a dataset: {"rows", "total", "columns"}; `total` counts all matching rows.

    `search` finds a text in any column, ignoring case; in conversations and tools, it searches what is said, not the
    JSON syntax. `filters` holds any of: a column and the value it must have, `tag`, `rows` (ids), `min_length` and
    `max_length` (characters of an example without its labels). `sort` is a column, `length` or `row`; texts are sorted
    by their first 64 characters, ignoring case.

    Each row has its columns, its `row` (id) and its `split`. A cell is cut after `cell_characters`, and the row's `cut`
    names the columns concerned. Raises InputError for an unknown split, filter or column, and the same as
    `open_tables`.
    """
    if len(search) > _LONGEST_SEARCH:
        raise InputError(f"A text of {len(search):,} characters is too long to search for.", "Search for a part of it.")
    table = open_table(Path(folder))
    positions = table.found(split, search, filters or {})
    if sort:
        positions = table.in_order(positions, sort, descending)
    page = positions[offset : offset + limit]
    return {
        "rows": [_cut(table.row_at(position), cell_characters) for position in page.tolist()],
        "total": len(positions),
        "columns": table.columns,
    }


def _cut(row: dict, characters: int) -> dict:
    cut = [name for name, value in row.items() if isinstance(value, str) and len(value) > characters]
    return row | {name: row[name][:characters] for name in cut} | ({"cut": cut} if cut else {})
