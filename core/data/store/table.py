"""The rows of a dataset as a table that can be searched, filtered and sorted.

DuckDB runs on the memory-mapped Arrow files and returns positions only; rows are read when they are shown. Nothing is
copied or indexed on disk.
"""

import json
from collections import OrderedDict
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from core.data.store.datasets import open_tables
from core.data.store.search_sql import contained_in, spoken_in
from core.errors import InputError
from core.examples.roles import LABELS

_JSON_COLUMNS = ("messages", "tools")
_POSITION = "position of the row"
_SORTED_CHARACTERS = 64
_SEARCHES_KEPT = 8
_SETTINGS = (
    "SET threads = 2", "SET memory_limit = '1GB'", "SET temp_directory = ''", "SET python_enable_replacements = false",
    "SET enable_external_access = false", "SET lock_configuration = true",
)  # fmt: skip
"""DuckDB reads the tables it is given, and no other file, module or address."""


class Table:
    """All splits of a dataset as one table. A position is a row's index in it, one split after the other."""

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
        """A row with all its columns and its `split`."""
        batch = int(np.searchsorted(self._starts, position, side="right")) - 1
        [row] = self._batches[batch].slice(position - int(self._starts[batch]), 1).to_pylist()
        return row | {"split": next(split for split, (_, end) in self._bounds.items() if position < end)}

    def found(self, split: str | None, search: str, filters: dict) -> np.ndarray:
        """The positions, ascending, of the rows in `split` that contain the text and pass all filters."""
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
                (spoken_in if column in _JSON_COLUMNS else contained_in)(self._quoted(column), search)
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
        """Characters in each example without its labels."""
        counted = [f"length({self._quoted(column)})" for column in self.texts if column not in LABELS]
        return self._numbers_of(f'select {" + ".join(counted or ["0"])} from examples order by "{_POSITION}"')

    @cached_property
    def row_ids(self) -> np.ndarray:
        """The `row` (id) at each position."""
        return self._numbers_of(f'select "row" from examples order by "{_POSITION}"')

    @cached_property
    def splits(self) -> np.ndarray:
        """The name of the split at each position."""
        sizes = [end - start for start, end in self._bounds.values()]
        return np.repeat(np.array(list(self._bounds)), sizes)

    def digests(self, columns: list[str]) -> np.ndarray:
        """A hash of these columns at each position. A missing column counts as empty."""
        cells = [f"coalesce({self._quoted(column)}, '')" if column in self.texts else "''" for column in columns]
        return self._numbers_of(f'select hash({", ".join(cells)}) from examples order by "{_POSITION}"')

    def _numbers_of(self, query: str, values: list | None = None) -> np.ndarray:
        """The only column of a query, as numbers. User input goes into `values`, never into the query's text."""
        try:
            [column] = self._engine.execute(query, values).fetchnumpy().values()
        except (duckdb.ConversionException, duckdb.BinderException) as error:
            raise InputError(f"This filter cannot be used: {error}", "Use a value of the column's type.") from error
        return column

    def _quoted(self, column: str) -> str:
        """The quoted name of a column. Raises InputError for an unknown one."""
        if column not in self.texts and column not in self._numbers:
            known = ", ".join(self.texts + self._numbers)
            raise InputError(f"{self._name} has no column {column[:80]!r}.", f"There are: {known}.")
        return '"' + column.replace('"', '""') + '"'


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
