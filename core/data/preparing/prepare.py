"""Makes a dataset: read, clean, validate, leave out duplicates, split, look for what is wrong, publish whole.

Rows are read once and kept on disk, not in memory: only some numbers about each stay, so a file may be larger than
memory. In a notebook:

>>> from core.data.preparing.prepare import prepare
>>> from core.specs import PrepareSpec
>>> made = prepare(PrepareSpec(name="care", output_dir="datasets", source="sample", domain="legal", num_samples=100))
>>> made["splits"]
{'train': 80, 'validation': 10, 'test': 10}
>>> sorted(made["report"]["verdict"])
['state', 'why']
"""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.artifacts import publish, staging_folder
from core.data.overlap.selection import Selection, in_order
from core.data.preparing.sifting import select
from core.data.report.measuring import Measuring
from core.data.report.writing import report_of
from core.data.screening.kept import Kept
from core.data.screening.planning import Planned, plan, telling_what_was_read
from core.data.screening.screening import Screen, Screened, rows_of, screened
from core.data.screening.tally import Tally
from core.data.store.datasets import REPORT, SPEC, write_dataset
from core.errors import ConflictError, InputError
from core.examples.drops import REMEDIES, Drop
from core.full_disk import naming_full_disks
from core.reporting import Reporter, Stopped
from core.specs import PrepareSpec, Split

_PIECE_BYTES, _MOST_ROWS_A_PIECE = 64 << 20, 50_000
_KEPT = "kept"
_LARGE_BYTES = 32 << 20
"""Of a file so large no rows are looked at before other processes are started."""


def prepare(spec: PrepareSpec, reporter: Reporter | None = None, origin: dict | None = None) -> dict:
    """Make the dataset that `spec` asks for and publish its folder.

    `origin` stands in the report beside the rest: how the rows came about, where that is more than a file. Returns
    the dataset's path, the examples of each split, the duplicates found, the rows dropped by reason, and the report.
    Raises a TunewrightError in words for the person; then nothing is left behind.
    """
    reporter = reporter or Reporter()
    final = dataset_folder(spec)
    if final.exists():
        raise ConflictError(f"{final} exists already.", "Choose another name or output folder, or delete it first.")
    planned = plan(spec)
    with telling_what_was_read(planned):
        return _made(planned, final, reporter, origin)


def _made(planned: Planned, final: Path, reporter: Reporter, origin: dict | None) -> dict:
    step = partial(_step, reporter)
    with ExitStack() as stack:
        staged = staging_folder(final, reporter.attempt)
        stack.callback(shutil.rmtree, staged, ignore_errors=True)
        with naming_full_disks(final, staged):
            texts = staged / _KEPT
            texts.mkdir()
            tally, kept = Tally(), Kept(texts, planned.plan.columns)
            for done in _screened(planned, texts):
                kept.add(done)
                tally.add(done)
                _refuse_bad_edits(done, planned)
                step(*planned.source.position(), "reading and cleaning")
            _check_any_left(tally, len(kept), planned.spec)
            kept.close()
            planned.source.settle()
            measuring = stack.enter_context(closing(Measuring(kept, planned.spec)))
            selection, leaks = select(kept, planned, step)
            for reason, rows in selection.dropped.items():
                tally.drop(reason, rows)
            splits = _ordered_splits(selection, planned.spec.seed)
            sizes = {name: len(indices) for name, indices in splits.items()}
            with ThreadPoolExecutor(1) as aside:
                looking = aside.submit(
                    lambda: report_of(planned, tally, selection, measuring.of(selection), leaks, sizes)
                )
                _write_splits(staged, kept, splits, step)
                step(1, 1, "looking for what is wrong")
                report = looking.result() | (origin or {})
            shutil.rmtree(texts)
            _write_json(staged / REPORT, report)
            _write_json(staged / SPEC, planned.spec.model_dump(mode="json"))
            step(1, 1, "publishing")
        publish(staged, final, reporter, kind="dataset", splits=sizes)
    return {
        "path": str(final),
        "splits": sizes,
        "duplicates": report["duplicates"],
        "dropped": tally.drop_counts(),
        "report": report,
    }


def dataset_folder(spec: PrepareSpec) -> Path:
    """Where the dataset of `spec` is published: `<output_dir>/<name>_dataset`."""
    name = spec.name.replace(" ", "_")
    return Path(spec.output_dir) / f"{name.removesuffix('_dataset')}_dataset"


def _step(reporter: Reporter, done: float, total: float, stage: str) -> None:
    reporter.progress(done, total, stage)
    if wish := reporter.stop_requested():
        raise Stopped(wish)


def _screened(planned: Planned, folder: Path) -> Iterator[Screened]:
    spec = planned.spec
    if spec.num_samples and spec.source != "dataset":
        return _until(spec.num_samples, planned, folder, once=spec.dedupe != "off")
    is_large = planned.source.packets is not None and planned.source.position()[1] > _LARGE_BYTES
    return screened(planned.plan, planned.batches, folder, is_large)


def _until(limit: int, planned: Planned, folder: Path, once: bool) -> Iterator[Screened]:
    """What is screened until `limit` examples were kept, each counted only `once` or again when it comes again."""
    screen, seen, left = Screen(planned.plan, folder), set(), limit
    for batch in planned.batches:
        done = screen(batch)
        counted = []
        for position, digest in zip(done.positions.tolist(), done.digests.tolist(), strict=True):
            if not once or digest not in seen:
                seen.add(digest)
                counted.append(position)
        if len(counted) >= left:
            yield screen(rows_of(batch)[: counted[left - 1] + 1])
            return
        left -= len(counted)
        yield done


def _refuse_bad_edits(done: Screened, planned: Planned) -> None:
    """Raises InputError when a row that the person wrote cannot stay: it would vanish without a word."""
    for row, reason in done.drops:
        if planned.revision and row in planned.revision.touched:
            raise InputError(f"Row {row} cannot be kept as it was written: {reason}.", "Change the row, or drop it.")


def _check_any_left(tally: Tally, kept: int, spec: PrepareSpec) -> None:
    """Raises InputError that counts the reasons when nothing was kept, or fewer than an exam was asked for."""
    if not tally.read:
        raise InputError("There is a header, but no rows below it.", "Add a row for each example.")
    if not kept:
        reasons = "; ".join(_reason(tally, reason, count) for reason, count in tally.drop_counts().items())
        remedy = next((REMEDIES[reason] for reason in map(Drop, tally.drop_counts()) if reason in REMEDIES), "")
        raise InputError(f"No row can be used, of {tally.read} read: {reasons}.", remedy)
    if spec.source == "sample" and spec.exclude_dataset and kept < spec.num_samples:
        raise InputError(
            f"Only {kept} samples of {spec.domain} ask what the excluded training split does not.",
            f"Ask for {kept} or fewer.",
        )


def _reason(tally: Tally, reason: str, count: int) -> str:
    rows = tally.rows_dropped(Drop(reason))[:5]
    more = ", …" if count > len(rows) else ""
    return f"{reason} in {count} (row{'s' if count > 1 else ''} {', '.join(map(str, rows))}{more})"


def _ordered_splits(selection: Selection, seed: int) -> dict[str, np.ndarray]:
    """The examples of each split that has any, in their order."""
    splits = {str(split): in_order(selection, code, seed) for code, split in enumerate(Split)}
    return {name: indices for name, indices in splits.items() if len(indices)}


def _write_splits(staged: Path, kept: Kept, splits: dict[str, np.ndarray], step) -> None:
    total, done = sum(map(len, splits.values())), 0
    rows_at_once = max(1, min(_MOST_ROWS_A_PIECE, int(_PIECE_BYTES * len(kept) / kept.size_bytes)))

    def pieces(indices: np.ndarray) -> Iterator[pa.Table]:
        """The examples in their order, no more at once than memory holds with ease."""
        nonlocal done
        starts = range(0, len(indices), rows_at_once)
        for piece in _ahead(kept.table(indices[start : start + rows_at_once]) for start in starts):
            step(done, total, "splitting and writing")
            yield piece
            done += len(piece)

    write_dataset(staged, {name: pieces(indices) for name, indices in splits.items()}, [*kept.columns, "row"])


def _ahead(pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The pieces, each gathered while the one before is written."""
    with ThreadPoolExecutor(1) as aside:
        coming = aside.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = aside.submit(next, pieces, None)
            yield piece


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
