"""Works out, before anything is read, how the rows of a source become examples."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from core.data.cleaning import repeated_lines
from core.data.reading import unpack
from core.data.rows import Packet, Row, Source
from core.data.screening.revising import Revision
from core.data.screening.screening import SPLIT_CODES, Batch, Plan, columns_of
from core.data.screening.validation import questions
from core.data.shapes import Detected, Mapper, detect
from core.data.shapes.unused import unused_in_words
from core.data.sources.opening import open_source
from core.data.store.datasets import REPORT, SPEC, read_split
from core.errors import InputError
from core.examples.example import answer_text, are_labels, question_text, shape_of
from core.examples.roles import LABELS, plain_name
from core.specs import Mend, PrepareSpec, Shape, Split

_ROWS_LOOKED_AT = 100
_FEWEST_WORDS, _FEWEST_WITH_LABELS = 10, 2
_ROWS_A_BATCH, _ROWS_AT_ONCE = 2_000, 100
_BYTES_A_BATCH = 1 << 20
_ROWS_FOR_LINES = 5_000
"""Lines that stand in many of the first so many rows are boilerplate."""
_SPLIT = "split"
_CALLED_SPLIT = ("split", "subset", "partition", "set")
_INHERITED = ("domain", "model", "seed", "near_threshold", "max_tokens", "keep_together")
"""Settings of a version that are its parent's where they were left as they are by default."""


@dataclass(frozen=True)
class Planned:
    """A source that is open, and what is to be made of its rows."""

    spec: PrepareSpec
    source: Source
    batches: Iterator[Batch]
    plan: Plan
    detected: Detected
    strata: str | None
    """The stored column whose values are spread over the splits."""
    notes: list[str]
    unused: list[str] = field(default_factory=list)
    """Columns and what is inside of them that nothing reads."""
    revision: Revision | None = None
    parent: dict | None = None
    """The parent's report, of a version."""


@contextmanager
def telling_what_was_read(planned: Planned) -> Iterator[None]:
    """Raises InputErrors from inside with what the rows were taken for: the reason often lies there."""
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
    head, batches = _opened(source, _ROWS_FOR_LINES if boilerplate else _ROWS_LOOKED_AT)
    values = [row.values for row in head[:_ROWS_LOOKED_AT] if not row.problem]
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
    notes = [*source.facts.get("notes", []), *_notes(detected, asked)]
    return Planned(
        spec, source, batches,
        Plan(
            detected.shape, columns_of(detected.shape, detected.mapping), detected, spec.cleaning,
            _fewest_words(spec, detected, values), spec.max_words,
            split_column=split if spec.split_by == "given" else None,
            excluded=_questions_of(spec.exclude_dataset),
            known=frozenset([*source.columns, *([split] if split else [])]),
            repeated=_repeated(head, Mapper(detected)) if boilerplate else frozenset(),
        ),
        detected, strata, notes, _unused(source, detected, split if spec.split_by == "ratio" else None),
    )  # fmt: skip


def _fewest_words(spec: PrepareSpec, detected: Detected, values: list[dict]) -> int:
    """How short an example may be. A text that is put into a class may be two words long, and its answer is one."""
    if spec.min_words is not None:
        return spec.min_words
    mapper = Mapper(detected)
    examples = [example for row in values if (example := mapper.example(row)[0])]
    asks = detected.shape in (Shape.INSTRUCTION, Shape.CHAT)
    return _FEWEST_WITH_LABELS if asks and are_labels([answer_text(one) for one in examples]) else _FEWEST_WORDS


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
    detected = Detected(shape, mapping, "The dataset it is made from is of this shape.", [])
    revision = Revision(spec.changes, columns, report.get("version", {}).get("next_row", 1))
    excluded = _questions_of(spec.exclude_dataset)
    split = _SPLIT if spec.split_by == "given" else None
    plan = Plan(shape, columns, None, cleaning, spec.min_words or 0, spec.max_words, split, excluded)
    batches = _batches(revision.apply(source.rows), source)
    return Planned(spec, source, batches, plan, detected, spec.stratify_by, [], [], revision, report)


def _opened(source: Source, rows: int) -> tuple[list[Row], Iterator[Batch]]:
    """The first so many rows of a source, and batches of all of its rows."""
    if source.packets is None:
        head = list(islice(source.rows, rows))
        return head, _batches(chain(head, source.rows), source)
    packets, head = [], []
    for packet in source.packets:
        packets.append(packet)
        head += unpack(packet)
        if len(head) >= rows:
            break
    return head[:rows], _batches_of_packets(chain(packets, source.packets))


def _batches(rows: Iterator[Row], source: Source) -> Iterator[list[Row]]:
    """The rows in batches, smaller ones where they are long."""
    while batch := list(islice(rows, 1)):
        read, _ = source.position()
        while len(batch) < _ROWS_A_BATCH and source.position()[0] - read < _BYTES_A_BATCH:
            more = list(islice(rows, _ROWS_AT_ONCE))
            if not more:
                break
            batch += more
        yield batch


def _batches_of_packets(packets: Iterator[Packet]) -> Iterator[list[Packet]]:
    batch, size = [], 0
    for packet in packets:
        batch.append(packet)
        size += packet.size_bytes
        if size >= _BYTES_A_BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _inheriting(spec: PrepareSpec, parent: dict) -> PrepareSpec:
    fields = type(spec).model_fields
    taken = {
        name: parent[name] for name in _INHERITED if name in parent and getattr(spec, name) == fields[name].default
    }
    return spec.model_copy(update=taken)


def _read(path: Path) -> dict:
    """What a JSON file of a dataset folder says; nothing where the dataset was not made by prepare."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _split_column(columns: list[str], rows: list[dict], asked: str | None) -> str | None:
    """The column in which every row names a split: the one asked for, or one that is called so."""
    called = [asked] if asked is not None else sorted(
        (column for column in columns if plain_name(column) in _CALLED_SPLIT),
        key=lambda column: _CALLED_SPLIT.index(plain_name(column)),
    )  # fmt: skip
    return next((column for column in called if _names_splits(column, rows)), None)


def _names_splits(column: str, rows: list[dict]) -> bool:
    named = [str(values[column]).strip().lower() for values in rows if values.get(column)]
    return bool(named) and all(name in SPLIT_CODES for name in named)


def _notes(detected: Detected, asked: dict[str, str]) -> list[str]:
    """Which columns were taken as labels without being called so."""
    return [
        f"column {column!r} was taken as {label}"
        for label, column in detected.mapping.items()
        if label in LABELS and label not in asked and label != "stratum" and column.strip().lower() != label
    ]


def _unused(source: Source, detected: Detected, split: str | None) -> list[str]:
    """What no role reads, of the source itself and of what its reader made of it; `split` where it decides nothing.

    Nobody has to be told of samples, which the studio makes itself.
    """
    if source.facts["kind"] == "sample":
        return []
    found = [*source.facts.get("unused", ()), *detected.unused, *([split] if split else [])]
    return list(dict.fromkeys(found))


def _repeated(head: list[Row], mapper: Mapper) -> frozenset[str]:
    examples = (mapper.example(row.values)[0] for row in head if not row.problem)
    return repeated_lines(answer_text(example) for example in examples if example)


def _questions_of(dataset: str | None) -> frozenset[bytes]:
    """The digests of the questions in a dataset's training split; none where no dataset is named."""
    found: set[bytes] = set()
    for example in read_split(dataset, Split.TRAIN) if dataset else ():
        found |= questions(question_text(example) or answer_text(example), example.get("input", ""))
    return frozenset(found)
