"""Detects, maps and cleans the first rows of a source, to show what a dataset made from it will contain."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from core.data.cleaning import Cleaner, Fate, Step
from core.data.reading import look
from core.data.rows import Row, Source
from core.data.samples import make_samples
from core.data.shapes import Detected, Mapper, detect, detect_prepared
from core.data.sources.conversations import join_by_id
from core.data.sources.trees import join_by_parent
from core.errors import InputError
from core.specs import Cleaning, Shape

_ROWS = 20
_WHOLE = 1 << 20
"""Characters per cell; the preview leaves out the middle of longer texts anyway."""

Example = dict[str, str]


class Head(NamedTuple):
    """The first rows of a file, with the roles of their columns."""

    detected: Detected
    columns: list[str]
    rows: list[dict]
    notes: list[str]
    """How the rows were put together."""


def detect_head(path: str, shape: Shape | None, column_map: dict[str, str], good_from: float | None) -> Head:
    """Reads the first rows of a file, joins rows that reply to each other, and detects their shape."""
    seen = look(Path(path))
    source = join_by_parent(_source(seen["columns"], seen["head"]), shape, column_map)
    rows = [row.values for row in source.rows]
    detected = detect(source.columns, rows, shape, column_map, good_from)
    return Head(detected, source.columns, rows, source.facts["notes"])


def first_examples(
    source: dict, shape: Shape | None, column_map: dict[str, str], good_from: float | None
) -> list[Example]:
    """The examples in the first rows of a source. Raises InputError if there are none.

    `source` is {"path"} of a file, {"folder"} of a dataset, or {"domain", "seed"} of samples.
    """
    if "folder" in source:
        from core.data.store.table_page import table_page  # loads DuckDB, which the other sources do not need

        page = table_page(source["folder"], limit=_ROWS, cell_characters=_WHOLE)
        detected, rows = detect_prepared(page["columns"]), page["rows"]
    elif "domain" in source:
        samples = make_samples(source["domain"], _ROWS, source["seed"], shape)
        rows = [{name: value for name, value in sample.items() if name != "notice"} for sample in samples]
        detected = detect(list(rows[0]), rows, shape)
    else:
        head = detect_head(source["path"], shape, column_map, good_from)
        detected, rows = head.detected, _conversations(head) if "conversation" in head.detected.mapping else head.rows
    examples = [example for example, _ in map(Mapper(detected).example, rows) if example]
    if not examples:
        raise InputError("None of the first rows makes an example.", "Choose other columns, or another shape.")
    return examples


def clean_examples(examples: list[Example], cleaning: Cleaning) -> list[Example]:
    """The examples after cleaning. Raises InputError if it drops them all."""
    cleaner = Cleaner(cleaning)
    cleaned = [cleaner.clean(example, row) for row, example in enumerate(examples, 1)]
    kept = [example for example, _, drop in cleaned if drop is None]
    if not kept:
        raise InputError("Cleaning drops all of the first rows.", "Switch off the step that drops them.")
    return kept


def try_cleaning(examples: list[Example]) -> dict:
    """What each cleaning step would do: {"looked_at", "steps": {field of `Cleaning`: {"count", "samples"}}}."""
    cleaner = Cleaner(Cleaning(boilerplate=True, personal_data="redact"))
    for row, example in enumerate(examples, 1):
        cleaner.clean(example, row)
    steps = {
        step.name.lower(): {"count": cleaner.counts[step], "samples": cleaner.samples[step]}
        for step in Step
        if cleaner.counts[step]
    }
    steps["answers"] = {
        "count": cleaner.answers.counts[Fate.LEFT],
        "samples": cleaner.answers.samples.get(Fate.LEFT, []),
    }
    return {"looked_at": len(examples), "steps": steps}


def _conversations(head: Head) -> list[dict]:
    """The conversations in the first rows, except the last, which may continue below them."""
    detected = head.detected
    asked = detected.mapping | ({"assistant": detected.assistant} if detected.assistant else {})
    source = join_by_id(_source(head.columns, head.rows), detected.shape, asked)
    found = [row.values for row in source.rows]
    return found[:-1] or found


def _source(columns: list[str], values: list[dict]) -> Source:
    rows: Iterator[Row] = (Row(number, value) for number, value in enumerate(values, 1))
    return Source({"notes": []}, columns, rows, position=lambda: (0, 0))
