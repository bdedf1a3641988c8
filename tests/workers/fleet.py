"""A workspace with real supervisors and children, for tests: asked, waited for, and ended with everything it left."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

from core.specs import FINAL_STATES, BenchmarkSpec, JobKind, Spec
from storage import deployments, jobs
from storage.actors import OWNER
from storage.database import open_store
from storage.processes import Fate, fate_of
from storage.rows import Job
from storage.settings import Settings
from tests.waiting import PATIENCE_SECONDS
from tests.waiting import until as wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
STAGES = [sys.executable, str(Path(__file__).with_name("stages.py"))]
"""The workers' entry with the stages of stages.py."""


class Fleet:
    """The workers of one workspace. `environment` reaches all of them."""

    def __init__(self, home: Path, **environment: str):
        self.environment = os.environ | {"TUNEWRIGHT_HOME": str(home)} | environment
        ours = (key for key in environment if key.startswith("TUNEWRIGHT_"))
        values = {key.removeprefix("TUNEWRIGHT_").lower(): environment[key] for key in ours}
        self.store = open_store(Settings(home=home, **values))
        self.home = self.store.settings.home
        self.supervisors: list[Popen] = []

    def ask(self, stage: str, **values) -> Job:
        """Queue a job that runs `stage` of stages.py."""
        spec = BenchmarkSpec(name=stage, output_dir=str(self._folder(stage)), models=(stage,), **values)
        return jobs.enqueue(self.store, OWNER, spec, JobKind.BENCHMARK)

    def enqueue(self, spec: Spec, kind: JobKind) -> Job:
        return jobs.enqueue(self.store, OWNER, spec, kind)

    def _folder(self, name: str) -> Path:
        folder = self.home / "runs" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def supervise(self, *flags: str, inside: Callable[..., list[str]] = lambda *command: [*command]) -> Popen:
        """Start a supervisor; its own log is `supervisor.log` in the workspace's logs. `inside` wraps the command."""
        log_path = self.home / "logs" / "supervisor.log"
        log_path.parent.mkdir(exist_ok=True)
        with log_path.open("ab") as log:
            process = Popen(
                inside(*STAGES, "supervisor", *flags), cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        self.supervisors.append(process)
        return process

    def start_child(self, job: Job) -> Popen:
        """Start a child for a claimed job ourselves, with no supervisor that would end it."""
        arguments = ["job", "--job", job.id, "--attempt", str(job.attempt), "--worker", job.worker_id]
        with Path(job.log_path).open("ab") as log:
            return Popen(
                [*STAGES, *arguments], cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def now(self, job: Job) -> Job:
        return jobs.get_job(self.store, OWNER, job.id)

    def wait(self, job: Job, until: Callable[[Job], object]) -> Job:
        """The job once `until` holds of it. Fails, with all that is known of it, when it has ended or stands still."""

        row = self.now(job)

        def holds() -> Job | None:
            nonlocal row
            row = self.now(job)
            return row if until(row) else None

        def ended() -> str | None:
            if row.state not in FINAL_STATES:
                return None
            log = "\n".join(line[:300] for line in self.log(job).splitlines()[-30:])
            return f"waited in vain for {job.id}: {row.state}, {self.story(job)}\n{log}"

        def progress() -> tuple:
            return row.state, row.attempt, row.stage, row.progress_done, self.story(job), len(self.log(job))

        return wait_until(holds, lost=ended, progress=progress)

    def end_of(self, job: Job) -> Job:
        return self.wait(job, lambda row: row.state in FINAL_STATES)

    def reporting(self, job: Job, done: float = 1) -> Job:
        """The job once its child has reported that it is `done` far."""
        return self.wait(job, lambda row: row.process_id is not None and (row.progress_done or 0) >= done)

    def story(self, job: Job) -> list[str]:
        """The event log, in words."""
        return [event.message for event in jobs.events_of(self.store, OWNER, job.id)]

    def causes(self, job: Job) -> list[str]:
        """The causes of death in the event log."""
        return [
            event.details["cause"] for event in jobs.events_of(self.store, OWNER, job.id) if "cause" in event.details
        ]

    def log(self, job: Job) -> str:
        path = Path(job.log_path)
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self) -> None:
        """End what this test started: the supervisors, and the children that outlive them."""
        for supervisor in self.supervisors:
            supervisor.terminate()
            supervisor.wait(timeout=PATIENCE_SECONDS)
        for row in jobs.list_jobs(self.store, OWNER, state="running") + deployments.list_deployments(self.store, OWNER):
            if fate_of(row) == Fate.ALIVE:
                os.killpg(row.process_id, signal.SIGKILL)
        self.store.close()
