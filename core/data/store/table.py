"""The rows of a dataset as a table to look through: searched, filtered, sorted, a page at a time.

DuckDB works on the mapped Arrow files and gives back positions alone; the rows of the page asked for are then read.
Nothing is copied or indexed on disk. What was asked last stays at hand, so that the next page costs next to nothing.
"""

import json
import re
from collections import OrderedDict
from functools import cached_property
from itertools import product
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from core.data.store.datasets import open_tables
from core.errors import InputError
from core.examples.roles import LABELS

_JSON_COLUMNS = ("messages", "tools")
_POSITION = "position of the row"
_PIECES = re.compile(r"(?:(?![skSK])[\x00-\x7f])+|.", re.DOTALL)
_SAID = r'"(?:(?:content|name|description)":\s*"(?:[^"\\]|\\.)*?|arguments":\s*[^}]*?)'
"""In stored messages and tools, what may stand before a place in a text, in a name or in the arguments of a call."""
_WORD = re.compile(r"[A-Za-z_]+")
_GOES_ON = r'[\w-]*(?:[^\w"-]|"(?:\}|,\s*"(?:[^c]|c[^o]|co[^n])))'
"""What follows a word there, and no word of the JSON: after a key comes a colon, after a role the key `content`."""
_LONGEST_SEARCH = 500
_SORTED_CHARACTERS = 64
_OPEN_TABLES = 3
_SEARCHES_KEPT = 8
_SETTINGS = (
    "SET threads = 2", "SET memory_limit = '1GB'", "SET temp_directory = ''", "SET python_enable_replacements = false",
    "SET enable_external_access = false", "SET lock_configuration = true",
)  # fmt: skip
"""Of DuckDB: it reads what it is given, and no file, module or address besides."""


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
    """One page of a dataset: {"rows", "total", "columns"}; `total` counts every row found.

    `search` finds a text in any column, whatever its case; of conversations and tools, in what is said there, not in
    the JSON around it. `filters` holds any of: a column with the value it must have, `tag`, `rows` (ids), `min_length`
    and `max_length` (characters of an example, its labels not counted). `sort` is a column, `length` or `row`; texts
    are sorted by their first 64 characters, whatever their case.

    Each row has its columns, its `row` (id) and its `split`. A cell is cut after `cell_characters`; then the row's
    `cut` names those columns. Raises InputError for a split, filter or column that is not there, NotFoundError and
    CorruptArtifactError as `open_tables`.
    """
    if len(search) > _LONGEST_SEARCH:
        raise InputError(f"A text of {len(search):,} characters is too long to look for.", "Look for a part of it.")
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


class Table:
    """All splits of a dataset as one table. A position is a row's place in it, one split after the other."""

    def __init__(self, folder: Path):
        parts = open_tables(folder)
        self._name = folder.name
        self._bounds = {}
        start = 0
        for split, part in parts.items():
            self._bounds[split] = (start, start := start + part.num_rows)
        self._size = start
        whole = pa.concat_tables(parts.values(), promote_options="default")
        places = pa.array(np.arange(self._size))
        if "row" not in whole.column_names:
            whole = whole.append_column("row", pa.array(np.arange(1, self._size + 1)))
        self.columns = whole.column_names
        self._batches = whole.to_batches()
        self._starts = np.cumsum([0, *(batch.num_rows for batch in self._batches)])
        self.texts = [field.name for field in whole.schema if _is_text(field.type)]
        self._numbers = [field.name for field in whole.schema if pa.types.is_primitive(field.type)]
        self._engine = duckdb.connect()
        for setting in _SETTINGS:
            self._engine.execute(setting)
        columns = whole.select(self.texts + self._numbers).append_column(_POSITION, places)
        self._engine.register("examples", columns)
        self._searches: OrderedDict[str, np.ndarray] = OrderedDict()
        self._orders: dict[str, np.ndarray] = {}

    def row_at(self, position: int) -> dict:
        """The row with all its columns and its `split`."""
        batch = int(np.searchsorted(self._starts, position, side="right")) - 1
        [row] = self._batches[batch].slice(position - int(self._starts[batch]), 1).to_pylist()
        return row | {"split": next(split for split, (_, end) in self._bounds.items() if position < end)}

    def found(self, split: str | None, search: str, filters: dict) -> np.ndarray:
        """The positions, ascending, of the rows of `split` that hold the text and pass every filter."""
        if split is not None and split not in self._bounds:
            raise InputError(f"{self._name} has no {split} split.", f"Choose one of: {', '.join(self._bounds)}.")
        start, end = self._bounds[split] if split else (0, self._size)
        if not search and not filters:
            return np.arange(start, end)
        asked = json.dumps([search, filters], sort_keys=True)
        if asked not in self._searches:
            self._searches[asked] = self._find(search, dict(filters))
        self._searches.move_to_end(asked)
        while len(self._searches) > _SEARCHES_KEPT:
            self._searches.popitem(last=False)
        found = self._searches[asked]
        return found[np.searchsorted(found, start) : np.searchsorted(found, end)]

    def _find(self, search: str, filters: dict) -> np.ndarray:
        passed = np.ones(self._size, dtype=bool)
        if (rows := filters.pop("rows", None)) is not None:
            passed &= np.isin(self.row_ids, rows)
        if (shortest := filters.pop("min_length", None)) is not None:
            passed &= self._lengths >= shortest
        if (longest := filters.pop("max_length", None)) is not None:
            passed &= self._lengths <= longest
        conditions, values = [], []
        if (tag := filters.pop("tag", None)) is not None:
            conditions.append(f"list_contains(string_split({self._quoted('tags')}, ', '), ?)")
            values.append(tag)
        for column, value in filters.items():
            conditions.append(f"{self._quoted(column)} = ?")
            values.append(value)
        if search:
            searches = [
                (_saying if column in _JSON_COLUMNS else _holding)(self._quoted(column), search)
                for column in self.texts
            ]
            conditions.append(f"({' or '.join(condition for condition, _ in searches)})")
            values += [value for _, of_column in searches for value in of_column]
        if not conditions:
            return np.flatnonzero(passed)
        found = self._numbers_of(f'select "{_POSITION}" from examples where {" and ".join(conditions)}', values)
        return np.sort(found[passed[found]])

    def in_order(self, positions: np.ndarray, sort: str, descending: bool) -> np.ndarray:
        """`positions` sorted by a column or by `length`."""
        if sort not in self._orders:
            self._orders[sort] = self._order(sort)
        order = self._orders[sort]
        wanted = np.zeros(self._size, dtype=bool)
        wanted[positions] = True
        kept = order[wanted[order]]
        return kept[::-1] if descending else kept

    def _order(self, sort: str) -> np.ndarray:
        if sort == "length":
            return np.argsort(self._lengths, kind="stable")
        key = self._quoted(sort)
        if sort in self.texts:
            key = f"lower(left({key}, {_SORTED_CHARACTERS}))"
        return self._numbers_of(f'select "{_POSITION}" from examples order by {key}, "{_POSITION}"')

    @cached_property
    def _lengths(self) -> np.ndarray:
        """Characters of each example, its labels not counted."""
        counted = [f"length({self._quoted(column)})" for column in self.texts if column not in LABELS]
        return self._numbers_of(f'select {" + ".join(counted or ["0"])} from examples order by "{_POSITION}"')

    @cached_property
    def row_ids(self) -> np.ndarray:
        """The `row` of each position."""
        return self._numbers_of(f'select "row" from examples order by "{_POSITION}"')

    @cached_property
    def splits(self) -> np.ndarray:
        """The name of the split of each position."""
        sizes = [end - start for start, end in self._bounds.values()]
        return np.repeat(np.array(list(self._bounds)), sizes)

    def digests(self, columns: list[str]) -> np.ndarray:
        """A number for what stands in these columns, of each position; a column that is not there counts as empty."""
        cells = [f"coalesce({self._quoted(column)}, '')" if column in self.texts else "''" for column in columns]
        return self._numbers_of(f'select hash({", ".join(cells)}) from examples order by "{_POSITION}"')

    def _numbers_of(self, query: str, values: list | None = None) -> np.ndarray:
        """The only column of a query, as numbers. What a person gave is in `values`, never in the query's text."""
        try:
            [column] = self._engine.execute(query, values).fetchnumpy().values()
        except (duckdb.ConversionException, duckdb.BinderException) as error:
            raise InputError(f"This filter cannot be used: {error}", "Give a value as the column has them.") from error
        return column

    def _quoted(self, column: str) -> str:
        """A column's name as SQL, if it is one of ours. Raises InputError."""
        if column not in self.texts and column not in self._numbers:
            known = ", ".join(self.texts + self._numbers)
            raise InputError(f"{self._name} has no column {column[:80]!r}.", f"There are: {known}.")
        return '"' + column.replace('"', '""') + '"'


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _saying(column: str, search: str) -> tuple[str, list[str]]:
    """The condition, and its values, that a column of JSON holds a text in what is said or called.

    Only where a faster pattern finds it at all is looked at where: one word that might be the JSON's own together with
    what follows it, since that stands in every row. Inside JSON, quotes and line breaks are escaped.
    """
    search = json.dumps(search, ensure_ascii=False)[1:-1]
    held, values = _holding(column, search)
    if _WORD.fullmatch(search):
        values = [_pattern(search) + _GOES_ON]
    return f"case when {held} then regexp_matches({column}, ?) else false end", [*values, _SAID + _pattern(search)]


def _holding(column: str, search: str) -> tuple[str, list[str]]:
    """The condition, and its values, that a column holds a text whatever its case.

    A pattern that begins with ASCII is found ten times as fast as a lower-case copy is made, if those characters that
    have a third case in Unicode stand apart. A text that begins otherwise is first looked for as it is, in each of the
    cases that its beginning may have.
    """
    matches, pattern = f"regexp_matches({column}, ?)", _pattern(search)
    if search[0].isascii():
        return matches, [pattern]
    beginnings = ["".join(cases) for cases in product(*map(_cases, search[:3]))]
    held = " or ".join([f"contains({column}, ?)"] * len(beginnings))
    return f"(({held}) and {matches})", [*beginnings, pattern]


def _pattern(search: str) -> str:
    """The pattern of a text in any case."""
    return "".join(map(_any_case, _PIECES.findall(search)))


def _any_case(piece: str) -> str:
    """The pattern of a piece: plain ASCII, or one character."""
    if len(piece) > 1 or piece.isascii() and piece not in "sSkK":
        return f"(?i:{re.escape(piece)})"
    return f"[{''.join(_cases(piece))}]"


def _cases(character: str) -> list[str]:
    """A character in its one or two cases; ß and its like, whose other case is two characters, have one."""
    return sorted({case for case in (character, character.lower(), character.upper()) if len(case) == 1})


_tables: OrderedDict[tuple[Path, int, int], Table] = OrderedDict()
"""The tables opened last, by folder, inode and time of change."""


def open_table(folder: Path) -> Table:
    """The table of a folder; those of deleted datasets are closed first, so that the space of their files is free."""
    for known in [known for known in _tables if known != _identity(known[0])]:
        del _tables[known]
    identity = _identity(folder)
    table = _tables.pop(identity, None) or Table(folder)
    while len(_tables) >= _OPEN_TABLES:
        _tables.popitem(last=False)
    _tables[identity] = table
    return table


def _identity(folder: Path) -> tuple[Path, int, int]:
    facts = folder.stat() if folder.is_dir() else None
    return (folder, facts.st_ino, facts.st_mtime_ns) if facts else (folder, 0, 0)
