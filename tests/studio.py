"""Starts the real studio for a test, on a port and a workspace of its own, and ends everything it left behind."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from core.specs import FINAL_STATES
from tests.waiting import PATIENCE_SECONDS, until

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Studio:
    """A studio that answers."""

    url: str
    port: int
    process: subprocess.Popen
    home: Path

    def client(self, **options) -> httpx.Client:
        """Asks this studio; no proxy of the environment stands between."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=PATIENCE_SECONDS, **options)


@contextmanager
def running_studio(
    home: Path,
    ends_all: bool = True,
    inside: Callable[..., list[str]] = lambda *command: [*command],
    **environment: str,
) -> Iterator[Studio]:
    """`python -m app serve` until the body ends; then it, and with `ends_all` every process of its workspace, ends.

    `inside` wraps the command.
    """
    port = free_port()
    with (home.parent / f"studio-{port}.log").open("ab") as log:
        process = subprocess.Popen(
            inside(sys.executable, "-m", "app", "serve", "--port", str(port)),
            cwd=ROOT,
            env=os.environ | {"TUNEWRIGHT_HOME": str(home)} | environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    studio = Studio(f"http://127.0.0.1:{port}", port, process, home)
    try:
        _await_health(studio)
        yield studio
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)
        if ends_all:
            end_processes_of(home)


def job_ended(client: httpx.Client, job: dict) -> dict:
    """The job, asked for over REST, once it has ended."""

    def now() -> dict:
        return client.get(f"/api/jobs/{job['id']}").raise_for_status().json()

    def ended() -> dict | None:
        return row if (row := now())["state"] in FINAL_STATES else None

    return until(ended, progress=lambda: {name: now()[name] for name in ("state", "stage", "progress_done")})


def processes_of(home: Path) -> list[psutil.Process]:
    """Everything that works on this workspace, but us."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TUNEWRIGHT_HOME") == str(home) and process.pid != os.getpid():
                found.append(process)
        except psutil.Error:
            continue
    return found


def end_processes_of(home: Path) -> None:
    """Kill what works on this workspace: supervisors and jobs outlive who started them, by design."""
    for process in processes_of(home):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await_health(studio: Studio) -> None:
    def answers() -> bool:
        try:
            answer = httpx.get(f"{studio.url}/_stcore/health", trust_env=False, timeout=PATIENCE_SECONDS)
        except httpx.TransportError:
            return False
        return answer.is_success or answer.status_code == 401  # it may have been given a key

    until(answers, lost=lambda: studio.process.poll() is not None and "the studio has ended; see the log beside it")
