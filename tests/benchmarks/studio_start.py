"""Seconds until the studio answers in an empty workspace, and the memory of its processes when nothing happens."""

import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from tests.studio import running_studio

REPEATS = 3
IDLE_SECONDS = 10


def measure() -> dict[str, dict[str, float]]:
    """Medians over three starts."""
    with tempfile.TemporaryDirectory() as place:
        runs = [_started(Path(place) / str(number)) for number in range(REPEATS)]
    return {"studio": {name: statistics.median(run[name] for run in runs) for name in runs[0]}}


def _started(home: Path) -> dict[str, float]:
    began = time.perf_counter()
    with running_studio(home) as studio:
        answers_s = time.perf_counter() - began
        studio.client().get("/").raise_for_status()
        time.sleep(IDLE_SECONDS)
        return {
            "answers_s": answers_s,
            "web_process_bytes": psutil.Process(studio.process.pid).memory_info().rss,
            "all_processes_bytes": sum(process.memory_info().rss for process in _processes_of(home)),
        }


def _processes_of(home: Path) -> list[psutil.Process]:
    """Every process that works on this workspace: supervisors are nobody's children."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get("TUNEWRIGHT_HOME") == str(home):
                found.append(process)
        except psutil.Error:  # ended since it was listed, or another user's
            continue
    return found
