"""Evaluation sets: the validation and test rows of other datasets, which must not be trained on (data leakage)."""

from collections.abc import Iterable
from pathlib import Path

from app.data.datasets import datasets, find_dataset
from app.data.reports import read_json, report_in, version_in
from core.specs import Split
from storage.actors import Actor

_MOST_SETS, _MOST_SET_ROWS = 20, 100_000
"""The most evaluation sets, and rows in them, to compare with by default: about two seconds of work."""


def evaluation_sets(actor: Actor, parent: str | None = None) -> list[dict]:
    """The newest version of each dataset with validation or test rows, newest first.

    Versions of the dataset in the folder `parent` are excluded: its next version has the same rows.
    """
    families: dict[tuple[Path, str], dict] = {}
    for one in datasets(actor):
        families.setdefault((Path(one["path"]).parent, one["root"]), one)
    if parent:
        folder = Path(parent)
        families.pop((folder.parent, version_in(folder, report_in(folder))[0]), None)
    return [one for one in families.values() if _rows_for_checking(one)]


def default_comparison(sets: list[dict], parent: str | None = None) -> list[dict]:
    """The evaluation sets to compare with by default: the newest within the limits, unless deselected for `parent`."""
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
    """The spec fields about evaluation sets: those `asked` for, else the default ones."""
    held = evaluation_sets(actor, parent)
    if asked is None:
        chosen = [one["path"] for one in default_comparison(held, parent)]
    else:
        chosen = [find_dataset(actor, one) for one in asked]
    others = [one["path"] for one in held if one["path"] not in chosen]
    return {"compare_with": tuple(chosen), "not_compared_with": tuple(others)}
