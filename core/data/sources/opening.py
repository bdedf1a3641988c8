"""Opens the source that a spec names: samples, a file, a dataset on the hub, or a prepared dataset."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from core.data.reading import open_path
from core.data.rows import Row, Source
from core.data.samples import capacity, make_samples, parse_domain
from core.data.sources.conversations import join_by_id
from core.data.sources.hub import open_hub
from core.data.sources.prepared import open_dataset
from core.data.sources.trees import join_by_parent
from core.specs import PrepareSpec, Shape


def open_source(spec: PrepareSpec) -> Source:
    """The source of `spec`, ready for reading. Raises what opening that kind of source raises."""
    if spec.source in ("file", "hub"):
        return _open_rows(spec)
    if spec.source == "dataset":
        return open_dataset(Path(spec.parent))
    return _open_samples(spec)


def _open_rows(spec: PrepareSpec) -> Source:
    """The rows of a file or hub dataset, joined into conversations where each row is one message."""
    asked = dict(spec.column_map)
    kept = [asked.pop("split", "split"), spec.stratify_by]
    if spec.source == "file":
        source = open_path(Path(spec.input_file))
    else:
        source = as_export(open_hub(spec.dataset_name, spec.num_samples))
    return join_messages(source, spec.shape, asked, kept)


def as_export(source: Source) -> Source:
    """`source` or, where its rows are another program's export, what they are converted to.

    Only for sources other than files: the reader recognizes exports in files itself.
    """
    from core.data.reading.exports import converted_export

    notes: list[str] = []
    rows = ((row.number, row.values) for row in source.rows)
    name, columns, rows = converted_export(str(source.facts.get("dataset", "")), rows, notes)
    if name:
        source.facts["notes"] = notes
    return replace(source, columns=columns or source.columns, rows=(Row(*row) for row in rows))


def join_messages(source: Source, shape: Shape | None, asked: dict[str, str], kept: Iterable[str] = ()) -> Source:
    """`source`, or the conversations that its rows form: by parent ids, or else by conversation ids."""
    together = join_by_parent(source, shape, asked, kept)
    return together if together.columns != source.columns else join_by_id(together, shape, asked, kept)


def _open_samples(spec: PrepareSpec) -> Source:
    domain = parse_domain(spec.domain)
    shape = spec.shape or Shape.INSTRUCTION
    examples = make_samples(domain, spec.num_samples, spec.seed, shape)
    if spec.exclude_dataset:  # some will be excluded: generate all there are
        examples = make_samples(domain, capacity(domain), spec.seed, shape)
    facts = {"kind": "sample", "domain": str(domain), "notice": examples[0]["notice"]}
    columns = [column for column in examples[0] if column != "notice"]
    read = [0]

    def rows() -> Iterator[Row]:
        for read[0], example in enumerate(examples, start=1):
            yield Row(read[0], {column: example[column] for column in columns})

    return Source(facts, columns, rows(), position=lambda: (read[0], len(examples)))
