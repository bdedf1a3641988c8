"""Decides, before a source is read, how its rows become examples."""

from dataclasses import replace

from core.data.cleaning import repeated_lines
from core.data.rows import Row, Source
from core.data.screening.batches import opened
from core.data.screening.digests import questions_in
from core.data.screening.plan import SPLIT, SPLIT_CODES, Plan, Planned, columns_of
from core.data.screening.version_plan import plan_version
from core.data.shapes import Detected, Mapper, detect
from core.data.sources.opening import open_source
from core.examples.example import answer_text, are_labels
from core.examples.roles import LABELS, plain_name
from core.specs import PrepareSpec, Shape

_HEAD_ROWS = 100
_ROWS_FOR_LINES = 5_000
"""Repeated lines are counted in this many rows."""
_MIN_WORDS, _MIN_WORDS_WITH_LABELS = 10, 2
_SPLIT_COLUMNS = ("split", "subset", "partition", "set")


def plan(spec: PrepareSpec) -> Planned:
    """Open the source of `spec` and decide how to read it. Raises InputError when its columns cannot be used."""
    return plan_version(spec) if spec.source == "dataset" else _plan_rows(spec, open_source(spec))


def _plan_rows(spec: PrepareSpec, source: Source) -> Planned:
    boilerplate = spec.cleaning.boilerplate
    head, batches = opened(source, _ROWS_FOR_LINES if boilerplate else _HEAD_ROWS)
    values = [row.values for row in head[:_HEAD_ROWS] if not row.problem]
    asked = dict(spec.column_map)
    split = _split_column(source.columns, values, asked.pop(SPLIT, None))
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
        excluded=questions_in(spec.exclude_dataset),
        known=frozenset([*source.columns, *([split] if split else [])]),
        repeated=_repeated(head, Mapper(detected)) if boilerplate else frozenset(),
    )
    made_from = [spec.made_from] if spec.made_from else []
    notes = [*made_from, *source.facts.get("notes", []), *_notes(detected, asked)]
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
