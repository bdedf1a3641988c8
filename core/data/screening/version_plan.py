"""Plans a new version of a dataset: how its rows, with changes made by hand, become examples."""

import json
from pathlib import Path

from core.data.screening.batches import batches_of
from core.data.screening.digests import questions_in
from core.data.screening.plan import SPLIT, Plan, Planned, columns_of
from core.data.screening.revising import Revision
from core.data.shapes import Detected
from core.data.sources.opening import open_source
from core.data.store.datasets import REPORT, SPEC
from core.errors import InputError
from core.examples.example import shape_of
from core.specs import Mend, PrepareSpec
from core.specs.results.report import DataReport

_INHERITED = ("domain", "model", "seed", "near_threshold", "max_tokens", "keep_together")
"""Settings that a version takes from its parent when they have their default value."""


def plan_version(spec: PrepareSpec) -> Planned:
    """Open the parent of `spec` and decide how to read it. Raises InputError when a change does not fit it."""
    folder = Path(spec.parent)
    report = DataReport.read(values, str(folder / REPORT)) if (values := _read(folder / REPORT)) else None
    spec = _inheriting(spec, _read(folder / SPEC))
    source = open_source(spec)
    shape = shape_of(source.columns)
    written = {name for change in spec.changes for name in change.values}
    tagged = {"tags" for change in spec.changes if change.kind == "tag"}
    columns = columns_of(shape, {*source.columns, *written, *tagged})
    cleaning = spec.cleaning
    if Mend.REDACT_PERSONAL_DATA in spec.mends:
        cleaning = cleaning.model_copy(update={"personal_data": "redact"})
    if spec.stratify_by and spec.stratify_by not in columns:
        raise InputError(f"The dataset has no column {spec.stratify_by!r}.", f"Choose one of: {', '.join(columns)}.")
    mapping = {column: column for column in columns}
    detected = Detected(shape, mapping, "The dataset it was made from has this shape.", [])
    next_row = report.version.next_row if report and report.version else None
    revision = Revision(spec.changes, columns, next_row or 1)
    excluded = questions_in(spec.exclude_dataset)
    split = SPLIT if spec.split_by == "given" else None
    plan = Plan(shape, columns, None, cleaning, spec.min_words or 0, spec.max_words, split, excluded)
    batches = batches_of(revision.apply(source.rows), source)
    return Planned(spec, source, batches, plan, detected, spec.stratify_by, [], [], revision, report)


def _inheriting(spec: PrepareSpec, parent: dict) -> PrepareSpec:
    fields = type(spec).model_fields
    taken = {
        name: parent[name] for name in _INHERITED if name in parent and getattr(spec, name) == fields[name].default
    }
    return spec.model_copy(update=taken)


def _read(path: Path) -> dict:
    """The content of a JSON file in a dataset folder; empty if another program made the dataset."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
