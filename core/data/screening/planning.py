"""Decides, before a source is read, how its rows become examples."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.data.cleaning import repeated_lines
from core.data.rows import Row, Source
from core.data.screening.batches import batches_of, opened
from core.data.screening.digests import questions
from core.data.screening.plan import SPLIT_CODES, Batch, Plan, columns_of
from core.data.screening.revising import Revision
from core.data.shapes import Detected, Mapper, detect
from core.data.shapes.unused import unused_in_words
from core.data.sources.opening import open_source
from core.data.store.datasets import REPORT, SPEC, read_split
from core.errors import InputError
from core.examples.example import answer_text, are_labels, question_text, shape_of
from core.examples.roles import LABELS, plain_name
from core.specs import Mend, PrepareSpec, Shape, Split

_HEAD_ROWS = 100
_ROWS_FOR_LINES = 5_000
"""Repeated lines are counted in this many rows."""
_MIN_WORDS, _MIN_WORDS_WITH_LABELS = 10, 2
_SPLIT = "split"
_SPLIT_COLUMNS = ("split", "subset", "partition", "set")
_INHERITED = ("domain", "model", "seed", "near_threshold", "max_tokens", "keep_together")
"""Settings that a version takes from its parent when they have their default value."""


@dataclass(frozen=True)
class Planned:
    """An open source, and how its rows become examples."""

    spec: PrepareSpec
    source: Source
    batches: Iterator[Batch]
    plan: Plan
    detected: Detected
    strata: str | None
    """The stored column to stratify by."""
    notes: list[str]
    unused: list[str] = field(default_factory=list)
    """Columns, and paths inside them, that no role reads."""
    revision: Revision | None = None
    parent: dict | None = None
    """The report of the version that this one is made from."""


@contextmanager
def telling_what_was_read(planned: Planned) -> Iterator[None]:
    """Adds to InputErrors how the rows were read, which is often the cause."""
    try:
        yield
    except InputError as error:
        if planned.spec.source not in ("file", "hub"):
            raise
        notes = dict.fromkeys([*planned.notes, *planned.source.facts.get("notes", [])])
        told = [note.rstrip(".") for note in (planned.detected.reason, *notes, unused_in_words(planned.unused)) if note]
        raise InputError(f"{error.message} The rows were read as {'; '.join(told)}.", error.remedy) from error


def plan(spec: PrepareSpec) -> Planned:
    """Open the source of `spec` and decide how to read it. Raises InputError when its columns cannot be used."""
    return _plan_version(spec) if spec.source == "dataset" else _plan_rows(spec, open_source(spec))


def _plan_rows(spec: PrepareSpec, source: Source) -> Planned:
    boilerplate = spec.cleaning.boilerplate
    head, batches = opened(source, _ROWS_FOR_LINES if boilerplate else _HEAD_ROWS)
    values = [row.values for row in head[:_HEAD_ROWS] if not row.problem]
    asked = dict(spec.column_map)
    split = _split_column(source.columns, values, asked.pop(_SPLIT, None))
    columns = [column for column in source.columns if column != split]
    detected = source.detected or detect(columns, values, spec.shape, asked, spec.good_from)
    strata = None
    if spec.stratify_by:
        strata = next((label for label in LABELS if detected.mapping.get(label) == spec.stratify_by), "stratum")
        asked |= {strata: spec.stratify_by}
        if source.detected:
            detected = replace(detected, mapping=detected.mapping | {strata: spec.stratify_by})
        else:
            detected = detect(columns, values, spec.shape, asked, spec.good_from)
    plan = Plan(
        detected.shape,
        columns_of(detected.shape, detected.mapping),
        detected,
        spec.cleaning,
        _min_words(spec, detected, values),
        spec.max_words,
        split_column=split if spec.split_by == "given" else None,
        excluded=_questions_of(spec.exclude_dataset),
        known=frozenset([*source.columns, *([split] if split else [])]),
        repeated=_repeated(head, Mapper(detected)) if boilerplate else frozenset(),
    )
    notes = [*source.facts.get("notes", []), *_notes(detected, asked)]
    unused = _unused(source, detected, split if spec.split_by == "ratio" else None)
    return Planned(spec, source, batches, plan, detected, strata, notes, unused)


def _min_words(spec: PrepareSpec, detected: Detected, values: list[dict]) -> int:
    """The shortest example allowed. A text to classify may have two words, and its label one."""
    if spec.min_words is not None:
        return spec.min_words
    mapper = Mapper(detected)
    examples = [example for row in values if (example := mapper.example(row)[0])]
    asks = detected.shape in (Shape.INSTRUCTION, Shape.CHAT)
    return _MIN_WORDS_WITH_LABELS if asks and are_labels([answer_text(one) for one in examples]) else _MIN_WORDS


def _plan_version(spec: PrepareSpec) -> Planned:
    folder = Path(spec.parent)
    report, parent_spec = (_read(folder / name) for name in (REPORT, SPEC))
    spec = _inheriting(spec, parent_spec)
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
    revision = Revision(spec.changes, columns, report.get("version", {}).get("next_row", 1))
    excluded = _questions_of(spec.exclude_dataset)
    split = _SPLIT if spec.split_by == "given" else None
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


def _split_column(columns: list[str], rows: list[dict], asked: str | None) -> str | None:
    """The column in which every row names a split: the one asked for, or one with a usual name."""
    called = [asked] if asked is not None else sorted(
        (column for column in columns if plain_name(column) in _SPLIT_COLUMNS),
        key=lambda column: _SPLIT_COLUMNS.index(plain_name(column)),
    )  # fmt: skip
    return next((column for column in called if _names_splits(column, rows)), None)


def _names_splits(column: str, rows: list[dict]) -> bool:
    named = [str(values[column]).strip().lower() for values in rows if values.get(column)]
    return bool(named) and all(name in SPLIT_CODES for name in named)


def _notes(detected: Detected, asked: dict[str, str]) -> list[str]:
    """Notes on columns that were taken as labels although they have another name."""
    return [
        f"column {column!r} was taken as {label}"
        for label, column in detected.mapping.items()
        if label in LABELS and label not in asked and label != "stratum" and column.strip().lower() != label
    ]


def _unused(source: Source, detected: Detected, split: str | None) -> list[str]:
    """What no role reads, including `split` if it decides nothing. Empty for samples, which the studio makes itself."""
    if source.facts["kind"] == "sample":
        return []
    found = [*source.facts.get("unused", ()), *detected.unused, *([split] if split else [])]
    return list(dict.fromkeys(found))


def _repeated(head: list[Row], mapper: Mapper) -> frozenset[str]:
    examples = (mapper.example(row.values)[0] for row in head if not row.problem)
    return repeated_lines(answer_text(example) for example in examples if example)


def _questions_of(dataset: str | None) -> frozenset[bytes]:
    """The digests of the questions in a dataset's training split; empty if no dataset is named."""
    found: set[bytes] = set()
    for example in read_split(dataset, Split.TRAIN) if dataset else ():
        found |= questions(question_text(example) or answer_text(example), example.get("input", ""))
    return frozenset(found)
