"""What an open tab costs: CPU time of the web process and of the supervisor, in percent of one core.

One tab of a real Chromium looks at a run that goes on, and then at each page of the studio when nothing does.
"""

import subprocess
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

from app.install.browser import find_browser
from core.specs import EvaluateSpec, ExportSpec, JobKind, TrainSpec
from storage import claims, endings, jobs, leases
from storage.actors import OWNER
from storage.database import Store, open_store
from storage.leases import Report
from storage.metrics import MetricPoint
from storage.processes import identify
from storage.rows import Job
from storage.settings import Settings
from tests.browser.conftest import FLAGS
from tests.studio import processes_of, running_studio

SECONDS = 15
_SETTLING_SECONDS = 5
_PAGES = ("overview", "data", "train", "runs", "evaluate", "export", "chat", "serve", "settings")
_STEPS = 400
_STEP_SECONDS = 0.5
_LEASE_SECONDS = 3600
_WORKER = "benchmark"


class _Run:
    """A training run as far as the database tells: a process that sleeps, and steps that are reported for it."""

    def __init__(self, store: Store):
        self.store, self.step = store, 0
        spec = TrainSpec(name="a run", output_dir=str(store.settings.home / "runs/going"), dataset="/a-dataset")
        self.job = _claimed(store, JobKind.TRAIN, spec)
        self.process = subprocess.Popen(
            ["sleep", "3600"], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        leases.attach(store, self.job.id, 1, _WORKER, identify(self.process.pid))
        self.go_on(_STEPS)

    def go_on(self, steps: int = 1) -> None:
        """Report what so many steps report, in one go."""
        values = {"loss": 2.0, "learning_rate": 1e-4, "grad_norm": 1.0, "tokens_per_second": 900.0}
        points = [
            MetricPoint(step, name, value / step**0.5)
            for step in range(self.step + 1, self.step + steps + 1)
            for name, value in values.items()
        ]
        self.step += steps
        leases.renew(self.store, self.job.id, 1, _WORKER, Report(points, [], (self.step, 10 * _STEPS, "Training")))

    def end(self) -> None:
        endings.succeed(self.store, self.job.id, 1, {"steps": self.step, "seconds": 300.0})
        self.process.kill()
        self.process.wait()


def measure() -> dict[str, dict[str, float]]:
    """By process, a figure for each page."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        store = open_store(Settings(home=Path(place) / "workspace", lease_seconds=_LEASE_SECONDS))
        _finished_work(store)
        run = _Run(store)
        tab = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS)).new_page()
        costs = {}
        with running_studio(store.settings.home) as studio:
            for page in ("overview", "chat", f"runs?run={run.job.id}"):
                tab.goto(f"{studio.url}/{page}")
                costs[f"{page.partition('?')[0]}, a run goes on"] = _cost(store.settings.home, tab, run)
            run.end()
            for page in (*_PAGES, f"runs?run={run.job.id}"):
                tab.goto(f"{studio.url}/{page}")
                costs[page if page in _PAGES else "runs, a finished run"] = _cost(store.settings.home, tab)
        store.close()
    return {side: {page: cost[side] for page, cost in costs.items()} for side in costs["overview"]}


def _cost(home: Path, tab: Page, run: _Run | None = None) -> dict[str, float]:
    """Percent of a core, over `SECONDS`, of each process that serves the page in `tab`, while `run` goes on."""
    tab.get_by_role("heading").first.wait_for(timeout=120_000)
    _pass(_SETTLING_SECONDS, tab, run)
    serving = {_side(process): process for process in processes_of(home) if _side(process)}
    before = {side: _cpu_seconds(process) for side, process in serving.items()}
    began = time.monotonic()
    _pass(SECONDS, tab, run)
    seconds = time.monotonic() - began
    return {side: 100 * (_cpu_seconds(process) - before[side]) / seconds for side, process in serving.items()}


def _pass(seconds: float, tab: Page, run: _Run | None) -> None:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        tab.wait_for_timeout(_STEP_SECONDS * 1000)
        if run:
            run.go_on()


def _side(process: psutil.Process) -> str | None:
    words = process.cmdline()
    return "web process, %" if "serve" in words else "supervisor, %" if "supervisor" in words else None


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _finished_work(store: Store) -> None:
    """A few jobs of other kinds that have ended."""
    for number in range(4):
        place = str(store.settings.home / f"made-{number}")
        for kind, spec in (
            (JobKind.EVALUATE, EvaluateSpec(name=f"exam {number}", output_dir=place, model="starter", dataset="/d")),
            (JobKind.EXPORT, ExportSpec(name=f"export {number}", output_dir=place, model="starter")),
        ):
            job = _claimed(store, kind, spec)
            endings.fail(store, job.id, job.attempt, "The dataset is gone.", "Bring it back.")


def _claimed(store: Store, kind: JobKind, spec) -> Job:
    jobs.enqueue(store, OWNER, spec, kind)
    return claims.claim(store, _WORKER, [kind])
