"""Other datasets' validation and test rows, which a new dataset's training rows are compared with."""

from collections.abc import Iterable
from pathlib import Path

from app.data.datasets import datasets, find_dataset
from app.data.reports import read_json, report_in, version_in
from core.specs import Split
from storage.actors import Actor

_MOST_SETS, _MOST_SET_ROWS = 20, 100_000
"""How many evaluation sets, and rows in them, a dataset is compared with unasked: at most about two seconds of work."""


def evaluation_sets(actor: Actor, parent: str | None = None) -> list[dict]:
    """The newest version of each dataset that has rows for checking, newest first.

    Not among them are versions of the dataset in the folder `parent`: its next version has the same rows.
    """
    families: dict[tuple[Path, str], dict] = {}
    for one in datasets(actor):
        families.setdefault((Path(one["path"]).parent, one["root"]), one)
    if parent:
        folder = Path(parent)
        families.pop((folder.parent, version_in(folder, report_in(folder))[0]), None)
    return [one for one in families.values() if _rows_for_checking(one)]


def compared_unasked(sets: list[dict], parent: str | None = None) -> list[dict]:
    """The newest of the evaluation sets, as many as take little time; none that `parent` was not compared with."""
    left_out = (read_json(Path(parent, "spec.json")) or {}).get("not_compared_with", ()) if parent else ()
    chosen, rows = [], 0
    for one in sets:
        more = _rows_for_checking(one)
        if one["path"] not in left_out and len(chosen) < _MOST_SETS and rows + more <= _MOST_SET_ROWS:
            chosen.append(one)
            rows += more
    return chosen


def _rows_for_checking(one: dict) -> int:
    return sum(one["report"].splits.get(split, 0) for split in (Split.VALIDATION, Split.TEST))


def comparison_fields(actor: Actor, asked: Iterable[str] | None, parent: str | None) -> dict[str, tuple[str, ...]]:
    """The fields of a spec about other datasets' evaluation sets: those `asked` for, else the newest there are."""
    held = evaluation_sets(actor, parent)
    if asked is None:
        chosen = [one["path"] for one in compared_unasked(held, parent)]
    else:
        chosen = [find_dataset(actor, one) for one in asked]
    others = [one["path"] for one in held if one["path"] not in chosen]
    return {"compare_with": tuple(chosen), "not_compared_with": tuple(others)}
