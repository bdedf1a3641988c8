"""A real disk that is too small: the job pauses with the bytes it lacks, its last checkpoint whole, and can go on."""

import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.artifacts import verify_manifest
from core.jobs import HoldReason, JobKind, JobState
from storage import jobs, metrics
from storage.rows import Job
from tests.core.training.runs import changed
from tests.faults.conftest import TOTAL_STEPS
from tests.workers.fleet import ROOT

pytestmark = pytest.mark.timeout(600)  # trainings beside whatever else this machine does
MEGABYTE = 1_000_000


class SmallDisk:
    """A file system in memory, of a size, mounted where only processes of its namespace see it.

    `command` runs one there; `/proc/<pid>/root` shows it to everyone else. Needs no right but that of user namespaces.
    """

    def __init__(self, place: Path, size_bytes: int):
        place.mkdir(parents=True, exist_ok=True)
        self._mount = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "small", str(place)]
        holding = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", '"$@" && echo mounted && exec cat']
        self._holder = subprocess.Popen(
            [*holding, "sh", *self._mount], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._holder.stdout.readline() == "mounted\n", "user namespaces are needed to mount a small disk"
        self.place = place
        self.seen_from_outside = Path(f"/proc/{self._holder.pid}/root{place}")

    def command(self, *arguments: str) -> list[str]:
        target = ["--target", str(self._holder.pid), "--user", "--mount", "--preserve-credentials"]
        return ["nsenter", *target, *arguments]

    def grow(self, size_bytes: int) -> None:
        subprocess.run(self.command("mount", "-o", f"remount,size={size_bytes}", str(self.place)), check=True)

    def close(self) -> None:
        self._holder.stdin.close()
        self._holder.wait(timeout=20)


@pytest.fixture
def small_disk(workspace):
    """The workspace's `runs` folder on a disk of three megabytes."""
    with closing(SmallDisk(workspace / "runs", 3 * MEGABYTE)) as disk:
        yield disk


def seen(disk: SmallDisk, job: Job) -> Path:
    """The job's output folder, as this process sees it."""
    return disk.seen_from_outside / Path(job.output_dir).relative_to(disk.place)


def test_a_training_pauses_when_its_disk_is_full_and_goes_on_when_there_is_room(fleet, training, small_disk):
    crew = fleet()
    job = crew.enqueue(changed(training, save_total_limit=100), JobKind.TRAIN)
    crew.supervise(inside=small_disk.command)
    held = crew.wait(job, lambda row: row.hold_reason or row.ended_at)
    assert (held.state, held.hold_reason) == (JobState.QUEUED, HoldReason.DISK_FULL), held.error_message
    needed = re.search(r"needs at least ([\d,]+) bytes", held.error_message)
    checkpoints = sorted(seen(small_disk, job).iterdir())
    assert checkpoints and not any(place.name.startswith(".") for place in checkpoints)
    sizes = []
    for checkpoint in checkpoints:
        verify_manifest(checkpoint)
        sizes.append(sum(file.stat().st_size for file in checkpoint.rglob("*")))
    assert int(needed[1].replace(",", "")) == pytest.approx(max(sizes), rel=0.2)
    assert held.error_remedy == "Free space, then resume."

    small_disk.grow(60 * MEGABYTE)
    jobs.release(crew.store, job.id)
    ended = crew.end_of(job)
    assert (ended.state, ended.error_message) == (JobState.SUCCEEDED, None), crew.story(job)
    assert [step for step, _ in metrics.series(crew.store, job.id)["loss"]] == list(range(1, TOTAL_STEPS + 1))
    assert ended.result["resumed_from"] and ended.max_attempts == held.max_attempts


FILLING = """
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[2])
from tests.workers.fleet import Fleet

crew = Fleet(Path(sys.argv[1]))
job = crew.ask("fill_disk")
crew.supervise()
held = crew.wait(job, lambda row: row.hold_reason or row.ended_at)
print(held.state, "|", held.hold_reason, "|", held.error_message, "|", list(Path(job.output_dir).iterdir()))
crew.close()
"""


def test_when_the_database_is_on_the_full_disk_too_the_pause_is_written_down(workspace):
    with closing(SmallDisk(workspace, 4 * MEGABYTE)) as disk:
        asking = disk.command(sys.executable, "-c", FILLING, str(workspace), str(ROOT))
        told = subprocess.run(asking, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    state, hold_reason, message, left = told.stdout.strip().split(" | ")
    assert (state, hold_reason) == (JobState.QUEUED, HoldReason.DISK_FULL)
    assert "needs at least" in message and left == "[]"  # what was being staged made room for the pause


UPLOADING = """
from app.uploads import store_upload
from core.errors import DiskFullError

try:
    store_upload("x.csv", [b"a" * 1_000_000] * 5)
except DiskFullError as error:
    print(error.message, error.remedy)
"""


def test_an_upload_that_does_not_fit_leaves_nothing(workspace):
    environment = os.environ | {"TUNEWRIGHT_HOME": str(workspace), "PYTHONPATH": str(ROOT)}
    with closing(SmallDisk(workspace / "uploads", 3 * MEGABYTE)) as disk:
        command = disk.command(sys.executable, "-c", UPLOADING)
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert "The disk is full: nothing more could be written after" in ended.stdout, ended.stderr
        assert "Free space" in ended.stdout
        assert list(disk.seen_from_outside.iterdir()) == []
