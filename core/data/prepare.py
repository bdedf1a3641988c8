"""Makes a dataset out of samples, a file or a hub dataset: read, clean, validate, split, report, publish whole.

Rows are read once and kept on disk, not in memory: only a digest of each stays, so a file may be larger than memory.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.artifacts import naming_full_disks, publish, staging_folder
from core.data.columns import map_columns
from core.data.datasets import REPORT, SPEC, write_dataset
from core.data.drops import REMEDIES, Drop
from core.data.report import Tally
from core.data.rows import Source
from core.data.screening import Screen
from core.data.sources import open_source
from core.data.splitting import split_indices
from core.data.validation import Example
from core.errors import ConflictError, InputError
from core.jobs import PrepareSpec, Split
from core.reporting import Reporter, Stopped

_ROWS_A_BATCH = 1_000
_ROWS_A_PIECE = 100_000
_KEPT = "kept.arrow"


def prepare(spec: PrepareSpec, reporter: Reporter | None = None) -> dict:
    """Make the dataset that `spec` asks for and publish its folder.

    Returns its path, the examples of each split, the duplicates found, the rows dropped by reason, and the report.
    Raises a TunewrightError in words for the person; then nothing is left behind.
    """
    reporter = reporter or Reporter()
    final = dataset_folder(spec)
    if final.exists():
        raise ConflictError(f"{final} exists already.", "Choose another name or output folder, or delete it first.")
    source = open_source(spec)
    columns, notes = map_columns(source.columns, spec.column_map)
    screen = Screen(spec, columns)
    with ExitStack() as stack:
        staged = staging_folder(final, reporter.attempt)
        stack.callback(shutil.rmtree, staged, ignore_errors=True)
        with naming_full_disks(final):
            _keep_good_examples(staged / _KEPT, source, screen, spec.num_samples, reporter)
            _check_any_left(screen.tally, spec)
            reporter.progress(1, 1, "splitting and writing")
            sizes = _write_splits(staged, screen, spec)
            (staged / _KEPT).unlink()
            report = _report(spec, source, columns, notes, screen.tally, sizes)
            _write_json(staged / REPORT, report)
            _write_json(staged / SPEC, spec.model_dump(mode="json"))
        publish(staged, final, reporter, kind="dataset", splits=sizes)
    return {
        "path": str(final),
        "splits": sizes,
        "duplicates": screen.tally.duplicates,
        "dropped": screen.tally.drop_counts(),
        "report": report,
    }


def dataset_folder(spec: PrepareSpec) -> Path:
    """Where the dataset of `spec` is published: `<output_dir>/<name>_dataset`."""
    name = spec.name.replace(" ", "_")
    return Path(spec.output_dir) / f"{name.removesuffix('_dataset')}_dataset"


def _keep_good_examples(path: Path, source: Source, screen: Screen, limit: int | None, reporter: Reporter) -> None:
    """Write the examples that pass the screen to an Arrow file, until there are `limit`."""
    schema = pa.schema([(column, pa.large_string()) for column in screen.columns])
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for batch in _batches(source, screen, limit, reporter):
            writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=schema))


def _batches(source: Source, screen: Screen, limit: int | None, reporter: Reporter) -> Iterator[list[Example]]:
    batch = []
    for row in source.rows:
        if example := screen.example(row):
            batch.append(example)
        if screen.tally.read % _ROWS_A_BATCH == 0:
            reporter.progress(*source.position(), "reading and cleaning")
            if wish := reporter.stop_requested():
                raise Stopped(wish)
            yield batch
            batch = []
        if screen.tally.kept == limit:
            break
    yield batch


def _check_any_left(tally: Tally, spec: PrepareSpec) -> None:
    """Raises InputError that counts the reasons when nothing was kept, or fewer than an exam was asked for."""
    if not tally.read:
        raise InputError("There is a header, but no rows below it.", "Add a row for each example.")
    if not tally.kept:
        reasons = "; ".join(_reason(tally, reason, count) for reason, count in tally.drop_counts().items())
        remedy = next((REMEDIES[reason] for reason in map(Drop, tally.drop_counts()) if reason in REMEDIES), "")
        raise InputError(f"No row can be used, of {tally.read} read: {reasons}.", remedy)
    if spec.source == "sample" and spec.exclude_dataset and tally.kept < spec.num_samples:
        raise InputError(
            f"Only {tally.kept} samples of {spec.domain} ask what the excluded training split does not.",
            f"Ask for {tally.kept} or fewer.",
        )


def _reason(tally: Tally, reason: str, count: int) -> str:
    rows = tally.rows_dropped(Drop(reason))[:5]
    more = ", …" if count > len(rows) else ""
    return f"{reason} in {count} (row{'s' if count > 1 else ''} {', '.join(map(str, rows))}{more})"


def _write_splits(staged: Path, screen: Screen, spec: PrepareSpec) -> dict[str, int]:
    ratios = {Split.TRAIN: spec.train_ratio, Split.VALIDATION: spec.val_ratio, Split.TEST: spec.test_ratio}
    ratios = {str(split): ratio for split, ratio in ratios.items()}
    indices = split_indices(np.array(screen.question_digests), ratios, spec.seed)
    with pa.memory_map(str(staged / _KEPT)) as file, pa.ipc.open_file(file) as reader:
        kept = reader.read_all()
        splits = {name: _pieces(kept, rows) for name, rows in indices.items()}
        write_dataset(staged, splits, screen.columns)
    return {name: len(rows) for name, rows in indices.items()}


def _pieces(table: pa.Table, rows: np.ndarray) -> Iterator[pa.Table]:
    """The rows in their order, no more at once than memory holds with ease."""
    for start in range(0, len(rows), _ROWS_A_PIECE):
        yield table.take(rows[start : start + _ROWS_A_PIECE])


def _report(spec: PrepareSpec, source: Source, columns: dict, notes: list[str], tally: Tally, sizes: dict) -> dict:
    return {
        "name": spec.name,
        "domain": spec.domain,
        "source": {**source.facts, "columns": columns, "notes": notes},
        "notice": source.facts.get("notice"),
        **tally.figures(),
        "splits": sizes,
        "seed": spec.seed,
        "ratios": {"train": spec.train_ratio, "validation": spec.val_ratio, "test": spec.test_ratio},
        "limits": {"min_words": spec.min_words, "max_words": spec.max_words, "num_samples": spec.num_samples},
        "dedupe": spec.dedupe,
        "excluded": spec.exclude_dataset,
    }


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
