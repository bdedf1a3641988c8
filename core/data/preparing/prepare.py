"""Makes a dataset: read, clean, validate, deduplicate, split, report, publish.

Rows are read once and kept on disk; only a few numbers about each stay in memory, so a file may be larger than memory.
In a notebook:

>>> from core.data.preparing.prepare import prepare
>>> from core.specs import PrepareSpec
>>> made = prepare(PrepareSpec(name="care", output_dir="datasets", source="sample", domain="legal", num_samples=100))
>>> made.splits
{'train': 80, 'validation': 10, 'test': 10}
>>> made.report.state
'ready with warnings'
"""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from core.artifacts import publish, staging_folder
from core.data.preparing.filtering import filter_and_split
from core.data.preparing.limiting import screened_rows
from core.data.preparing.refusing import refuse_bad_edits, refuse_taken, refuse_too_few
from core.data.preparing.writing import write_splits
from core.data.report.statistics import Measuring
from core.data.report.writing import report_of
from core.data.screening.kept import Kept
from core.data.screening.plan import Planned, telling_what_was_read
from core.data.screening.planning import plan
from core.data.screening.tally import Tally
from core.data.splitting.assigning import ordered_splits
from core.data.store.datasets import REPORT, SPEC
from core.full_disk import naming_full_disks
from core.reporting import Reporter, Stopped
from core.specs import PrepareSpec
from core.specs.names import dataset_folder
from core.specs.results.prepare import PrepareResult

_TEXTS = "kept"


def prepare(spec: PrepareSpec, reporter: Reporter | None = None, origin: dict | None = None) -> PrepareResult:
    """Make the dataset that `spec` asks for and publish its folder.

    `origin` is added to the report: how the rows came about, if from more than a file. Raises a TunewrightError, after
    which nothing is left on disk.
    """
    reporter = reporter or Reporter()
    refuse_taken(spec)
    planned = plan(spec)
    with telling_what_was_read(planned):
        return _made(planned, dataset_folder(spec), reporter, origin)


def _made(planned: Planned, final: Path, reporter: Reporter, origin: dict | None) -> PrepareResult:
    step = partial(_step, reporter)
    with ExitStack() as stack:
        staged = staging_folder(final, reporter.attempt)
        stack.callback(shutil.rmtree, staged, ignore_errors=True)
        with naming_full_disks(final, staged):
            texts = staged / _TEXTS
            texts.mkdir()
            tally, kept = Tally(), Kept(texts, planned.plan.columns)
            for done in screened_rows(planned, texts):
                kept.add(done)
                tally.add(done)
                refuse_bad_edits(done, planned)
                step(*planned.source.position(), "reading and cleaning")
            refuse_too_few(tally, len(kept), planned.spec)
            kept.close()
            planned.source.settle()
            measuring = stack.enter_context(closing(Measuring(kept, planned.spec)))
            selection, leaks = filter_and_split(kept, planned, step)
            for reason, rows in selection.dropped.items():
                tally.drop(reason, rows)
            splits = ordered_splits(selection, planned.spec.seed)
            sizes = {name: len(indices) for name, indices in splits.items()}
            with ThreadPoolExecutor(1) as aside:
                reporting = aside.submit(
                    lambda: report_of(planned, tally, selection, measuring.of(selection), leaks, sizes)
                )
                write_splits(staged, kept, splits, step)
                step(1, 1, "looking for problems")
                report = reporting.result().model_copy(update=origin or {})
            shutil.rmtree(texts)
            _write_json(staged / REPORT, report.stored())
            _write_json(staged / SPEC, planned.spec.model_dump(mode="json"))
            step(1, 1, "publishing")
        publish(staged, final, reporter, kind="dataset", splits=sizes)
    return PrepareResult(
        path=str(final),
        splits=sizes,
        duplicates=report.duplicates,
        dropped=tally.drop_counts(),
        report=report,
    )


def _step(reporter: Reporter, done: float, total: float, stage: str) -> None:
    reporter.progress(done, total, stage)
    if request := reporter.stop_requested():
        raise Stopped(request)


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
