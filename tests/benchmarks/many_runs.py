"""A workspace of 10,000 runs and 1,000,000 metric rows: milliseconds of server time of the Runs page and its queries.

One run is long (200,000 rows) and still running: its page is what a live view costs. Pages are drawn in this process,
so there is no browser and no network in the figures; each is the median of five after a first one, which imports.
`cpu` is what the server works, `wall` what a person waits for; on an idle machine they are the same.
"""

import math
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, update

from app.components.runs.series import thinned
from app.plumbing.studio import store
from core.specs import JobKind, JobState, TrainSpec
from storage import runs as rows
from storage.actors import OWNER
from storage.claims import claim
from storage.jobs import count_jobs, enqueue, list_jobs
from storage.metrics import lowest
from storage.metrics import series as points_of
from storage.queue import waiting_jobs
from storage.rows import Job, Metric
from storage.runs import RunFilter, RunOrder
from storage.settings import settings
from tests.framed import framed

RUNS, METRIC_ROWS, LONG_STEPS = 10_000, 1_000_000, 50_000
REPEATS = 5
MOST_POINTS = 2000
"""Of a chart."""
NAMES = ("loss", "learning_rate", "grad_norm", "tokens_per_second")
_SPIKE_STEP = 31_234


def measure() -> dict[str, dict[str, float]]:
    """Milliseconds by question; and of the long run's chart, its points and the height of its spike, which is 99."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "workspace"
        os.environ["TUNEWRIGHT_HOME"] = str(home)
        settings.cache_clear()
        store.cache_clear()
        home.mkdir()
        long_run = fill(home)
        asked, chart = _questions(long_run)
        taken = {name: _milliseconds(ask) for name, ask in asked.items()}
        store().close()
    kept = {"points of the chart": len(chart), "its highest point": max(value for _, value in chart)}
    return {"cpu_ms": {name: cpu for name, (cpu, _) in taken.items()} | kept,
            "wall_ms": {name: wall for name, (_, wall) in taken.items()} | kept}  # fmt: skip


def fill(home: Path, runs: int = RUNS, metric_rows: int = METRIC_ROWS) -> str:
    """Write the runs and their metrics; returns the id of the long one, which is running."""
    chance = random.Random(7)
    opened, now = store(), datetime.now(UTC)
    spec = TrainSpec(name="run", output_dir=str(home / "runs" / "run"), dataset=str(home / "datasets" / "shop_dataset"))
    with opened.write() as session:
        session.execute(insert(Job), [_row(home, number, spec, now, chance) for number in range(runs)])
    long_run = enqueue(opened, OWNER, spec.model_copy(update={"name": "long"}), JobKind.TRAIN).id
    claim(opened, "bench", [JobKind.TRAIN])
    with opened.write() as session:
        alive = {"progress_done": LONG_STEPS, "progress_total": 2 * LONG_STEPS, "stage": "Training"}
        session.execute(update(Job).where(Job.id == long_run).values(**alive))
        session.execute(insert(Metric), _long_points(long_run))
    each = max(1, (metric_rows - LONG_STEPS * len(NAMES)) // runs)
    with opened.write() as session:
        for start in range(0, runs, 500):
            numbers = range(start, min(runs, start + 500))
            session.execute(insert(Metric), [point for number in numbers for point in _points(number, each)])
    return long_run


def _row(home: Path, number: int, spec: TrainSpec, now: datetime, chance: random.Random) -> dict:
    state = chance.choices((JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED), (8, 1, 1))[0]
    folder = str(home / "runs" / f"run-{number}")
    at = now - timedelta(minutes=number)
    result = {"result_version": 1, "best_validation_loss": chance.uniform(1, 4), "steps": 100, "seconds": 60.0}
    return {
        "id": f"train-bench-{number:05}", "owner_id": OWNER.owner_id, "kind": JobKind.TRAIN, "name": f"run {number}",
        "state": state, "spec": spec.model_dump(mode="json") | {"output_dir": folder}, "spec_version": 1,
        "attempt": 1, "max_attempts": 5, "stage": "", "result": result if state == JobState.SUCCEEDED else None,
        "output_dir": folder, "log_path": f"{folder}.log", "turn": number + 1,
        "tags": (f"tag {number % 20}",) if number % 3 == 0 else (), "created_at": at, "started_at": at, "ended_at": at,
    }  # fmt: skip


def _points(number: int, count: int) -> list[dict]:
    """The metric rows of one run: a loss at every step, and a validation loss at every tenth."""
    common = {"job_id": f"train-bench-{number:05}", "attempt": 1}
    losses = [common | {"name": "loss", "step": step, "value": 3 / step} for step in range(1, count - count // 10 + 1)]
    measured = [
        common | {"name": "eval_loss", "step": 10 * step, "value": 4 / (step + 1)} for step in range(count // 10)
    ]
    return losses + measured


def _long_points(job_id: str) -> list[dict]:
    return [
        {"job_id": job_id, "attempt": 1, "name": name, "step": step,
         "value": 99.0 if step == _SPIKE_STEP else math.exp(-step / LONG_STEPS)}
        for name in NAMES for step in range(1, LONG_STEPS + 1)
    ]  # fmt: skip


def _questions(long_run: str) -> tuple[dict[str, Callable[[], object]], list]:
    """What is asked, by name; and the points of the long run's chart."""
    opened = store()
    every = RunFilter()
    ids = [run.id for run in rows.list_runs(opened, OWNER, every)]
    page, run_page = framed("runs"), framed("runs", run=long_run)
    drawn = points_of(opened, OWNER, long_run)["loss"]
    asked = {
        "Runs page": page.run,
        "page of a long run, redrawn": run_page.run,
        "live refresh: new points": lambda: points_of(opened, OWNER, long_run, after_step=LONG_STEPS - 2),
        "first look: a series of 50,000": lambda: points_of(opened, OWNER, long_run, ["loss"]),
        "first look: every series": lambda: points_of(opened, OWNER, long_run),
        "first page of runs": lambda: rows.list_runs(opened, OWNER, every),
        "last page of runs": lambda: rows.list_runs(opened, OWNER, every, offset=RUNS - 20),
        "sorted by validation loss": lambda: rows.list_runs(opened, OWNER, every, RunOrder.LOSS),
        "found by words": lambda: rows.list_runs(opened, OWNER, RunFilter("run 77 shop")),
        "runs counted": lambda: rows.count_runs(opened, OWNER, every),
        "tags counted": lambda: rows.tags_in_use(opened, OWNER),
        "jobs counted by state": lambda: count_jobs(opened, OWNER),
        "running jobs listed": lambda: list_jobs(opened, OWNER, state=JobState.RUNNING, limit=4),
        "lowest losses of a page": lambda: lowest(opened, OWNER, ids, "eval_loss"),
        "names to compare with": lambda: rows.newest_names(opened, OWNER),
        "queue": lambda: waiting_jobs(opened, OWNER),
    }
    return asked, thinned(drawn, MOST_POINTS)


def _milliseconds(ask: Callable[[], object]) -> tuple[float, float]:
    """Of the processor and of the clock."""
    ask()
    taken = []
    for _ in range(REPEATS):
        began = time.process_time(), time.perf_counter()
        ask()
        taken.append((1000 * (time.process_time() - began[0]), 1000 * (time.perf_counter() - began[1])))
    return tuple(statistics.median(one) for one in zip(*taken, strict=True))
