"""Compares two versions of a dataset by `row`, the id that a row keeps."""

from pathlib import Path

import numpy as np

from core.data.store.open_tables import open_table
from core.data.store.table import Table

_CELL_CHARACTERS = 1_000
_BEFORE_THE_DIFFERENCE = 100


def diff(folder_a: str | Path, folder_b: str | Path, limit: int = 200) -> dict:
    """The changes from the dataset in `folder_a` to the one in `folder_b`.

    {"added", "dropped", "changed", "moved": {"count", "rows"}}, with the first `limit` rows of each by id: added and
    dropped ones with their `split` and texts, changed ones with their `columns`, `before` and `after`, moved ones with
    `from` and `to`. Long texts are cut, changed ones around the first difference. A row may be changed and moved.
    Raises the same as `open_tables`.
    """
    a, b = open_table(Path(folder_a)), open_table(Path(folder_b))
    columns = list(dict.fromkeys(a.texts + b.texts))
    _, in_a, in_b = np.intersect1d(a.row_ids, b.row_ids, assume_unique=True, return_indices=True)
    changed = a.digests(columns)[in_a] != b.digests(columns)[in_b]
    moved = a.splits[in_a] != b.splits[in_b]
    pairs = np.column_stack([in_a, in_b])
    return {
        "added": _found(_others(b, in_b), limit, lambda at: _whole(b.row_at(at))),
        "dropped": _found(_others(a, in_a), limit, lambda at: _whole(a.row_at(at))),
        "changed": _found(pairs[changed], limit, lambda at: _changed(a.row_at(at[0]), b.row_at(at[1]), columns)),
        "moved": _found(pairs[moved], limit, lambda at: _moved(a.row_at(at[0]), b.row_at(at[1]), columns)),
    }


def _others(table: Table, known: np.ndarray) -> np.ndarray:
    """The positions not in `known`, ordered by row id."""
    unknown = np.ones(len(table.row_ids), dtype=bool)
    unknown[known] = False
    others = np.flatnonzero(unknown)
    return others[np.argsort(table.row_ids[others], kind="stable")]


def _found(places: np.ndarray, limit: int, described) -> dict:
    return {"count": len(places), "rows": [described(place) for place in places[:limit].tolist()]}


def _whole(row: dict) -> dict:
    texts = {name: text[:_CELL_CHARACTERS] if isinstance(text, str) else text for name, text in row.items()}
    return {"row": row["row"], "split": row["split"]} | texts


def _changed(before: dict, after: dict, columns: list[str]) -> dict:
    names = [name for name in columns if (before.get(name) or "") != (after.get(name) or "")]
    windows = [_windows(before.get(name) or "", after.get(name) or "") for name in names]
    return {
        "row": after["row"],
        "split": after["split"],
        "columns": ", ".join(names),
        "before": "\n".join(window for window, _ in windows),
        "after": "\n".join(window for _, window in windows),
    }


def _moved(before: dict, after: dict, columns: list[str]) -> dict:
    text = next((after[name] for name in columns if after.get(name)), "")
    return {"row": after["row"], "from": before["split"], "to": after["split"], "text": text[:_CELL_CHARACTERS]}


def _windows(before: str, after: str) -> tuple[str, str]:
    """The parts of two texts around their first difference."""
    shorter = min(len(before), len(after))
    first = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    start = max(0, first - _BEFORE_THE_DIFFERENCE)
    begin = "…" if start else ""
    return begin + before[start:][:_CELL_CHARACTERS], begin + after[start:][:_CELL_CHARACTERS]
