"""A real disk that is too small: the job is held with the bytes it lacks, its last checkpoint whole, and goes on by
itself when there is room."""

import os
import re
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.manifests import verify_manifest
from core.specs import (
    BenchmarkSpec,
    EvaluateSpec,
    ExportSpec,
    HoldReason,
    JobKind,
    JobState,
    PrepareSpec,
    SynthesizeSpec,
)
from storage import metrics
from storage.actors import OWNER
from storage.rows import Job
from tests.core.data.synthesis.scripted import Script, town
from tests.core.training.runs import changed, rows_about_illnesses, save_dataset
from tests.faults.conftest import TOTAL_STEPS
from tests.small_disk import MEGABYTE, ROOT, SmallDisk

pytestmark = pytest.mark.small_disk


@pytest.fixture
def small_disk(workspace):
    """The workspace's `runs` folder on a disk of three megabytes."""
    with closing(SmallDisk(workspace / "runs", 3 * MEGABYTE)) as disk:
        yield disk


def supervise(crew, disk: SmallDisk) -> None:
    """Start a supervisor of the real stages on this disk."""
    command = disk.command(sys.executable, "-m", "workers", "supervisor")
    crew.supervisors.append(subprocess.Popen(command, cwd=ROOT, env=crew.environment))


def held(crew, job: Job) -> Job:
    """The job once it is held for the disk."""
    row = crew.wait(job, lambda row: row.hold_reason or row.ended_at)
    assert (row.state, row.hold_reason) == (JobState.QUEUED, HoldReason.DISK_FULL), row.error_message
    return row


def needed(before: Job) -> int:
    """The bytes that a held job says it needs."""
    return int(re.search(r"at least ([\d,]+) bytes are needed", before.error_message)[1].replace(",", ""))


def assert_went_on(crew, job: Job, before: Job) -> Job:
    """By itself, as it was said; it succeeded, and being held has cost none of its attempts."""
    crew.wait(job, lambda row: not row.hold_reason)
    assert "resumes by itself" in before.error_remedy
    ended = crew.end_of(job)
    assert (ended.state, ended.error_message) == (JobState.SUCCEEDED, None), crew.story(job)
    assert "the disk has room again" in crew.story(job)
    assert crew.causes(job) == [] and ended.max_attempts - ended.attempt == before.max_attempts - before.attempt - 1
    return ended


@pytest.mark.long
def test_a_training_is_held_when_its_disk_is_full_and_resumes_when_there_is_room(fleet, training, small_disk, page):
    crew = fleet()
    job = crew.enqueue(changed(training, save_total_limit=100), JobKind.TRAIN)
    supervise(crew, small_disk)
    before = held(crew, job)
    left = small_disk.seen / Path(job.output_dir).name
    checkpoints = sorted(left.glob("checkpoint-*"))
    assert checkpoints and not list(left.glob(".*"))
    sizes = []
    for checkpoint in checkpoints:
        verify_manifest(checkpoint)
        sizes.append(sum(file.stat().st_size for file in checkpoint.rglob("*")))
    told = page(job)
    assert "The disk is full" in told and before.error_message in told and "it resumes by itself" in told

    small_disk.grow(60 * MEGABYTE)
    ended = assert_went_on(crew, job, before)
    assert max(sizes) <= needed(before) < max(sizes) + 2 * MEGABYTE
    assert [step for step, _ in metrics.series(crew.store, OWNER, job.id)["loss"]] == list(range(1, TOTAL_STEPS + 1))
    assert ended.result["resumed_from"]


@pytest.mark.long
def test_a_preparation_held_by_a_full_disk_resumes_when_there_is_room(fleet, small_disk):
    spec = PrepareSpec(
        name="many", output_dir=str(small_disk.place), source="sample", domain="healthcare", num_samples=5000
    )
    crew = fleet()
    job = crew.enqueue(spec, JobKind.PREPARE)
    supervise(crew, small_disk)
    before = held(crew, job)
    assert list(small_disk.seen.iterdir()) == []
    small_disk.grow(60 * MEGABYTE)
    assert_went_on(crew, job, before)
    assert needed(before) > MEGABYTE


@pytest.fixture
def small_dataset(workspace):
    rows = rows_about_illnesses(8)
    return str(save_dataset(workspace / "few_dataset", train=rows[4:], validation=rows[:4], test=rows[:4]))


@pytest.mark.long
@pytest.mark.parametrize("kind", [JobKind.SYNTHESIZE, JobKind.EVALUATE, JobKind.EXPORT, JobKind.BENCHMARK])
def test_every_other_kind_of_job_resumes_too(fleet, small_disk, small_dataset, tmp_path, kind):
    place = str(small_disk.place / "it")
    script, document = Script(), tmp_path / "town.txt"
    document.write_text(town(1), encoding="utf-8")
    spec = {
        JobKind.SYNTHESIZE: lambda: SynthesizeSpec(
            name="it", output_dir=place, documents=(str(document),), endpoint=script.address, model="scripted",
            num_samples=3,
        ),
        JobKind.EVALUATE: lambda: EvaluateSpec(
            name="it", output_dir=place, model="starter", dataset=small_dataset, max_new_tokens=4
        ),
        JobKind.EXPORT: lambda: ExportSpec(
            name="it", output_dir=place, model="starter", dataset=small_dataset, types=("q8_0",)
        ),
        JobKind.BENCHMARK: lambda: BenchmarkSpec(
            name="it", output_dir=place, models=("starter",), new_tokens=4, repeats=1
        ),
    }[kind]()  # fmt: skip
    small_disk.fill()
    crew = fleet()
    job = crew.enqueue(spec, kind)
    supervise(crew, small_disk)
    before = held(crew, job)
    assert not list(small_disk.seen.rglob("*.partial"))
    small_disk.clear()
    small_disk.grow(500 * MEGABYTE)
    assert_went_on(crew, job, before)
    script.close()


FILLING = """
import sys
import time
from pathlib import Path
from tests.workers.fleet import Fleet

crew = Fleet(Path(sys.argv[1]))
job = crew.ask("fill_disk")
crew.supervise()
held = crew.wait(job, lambda row: row.hold_reason or row.ended_at)
print(held.state, "|", held.hold_reason, "|", held.error_message, "|", list(Path(job.output_dir).iterdir()))
crew.close()
"""


@pytest.mark.long
def test_the_hold_is_recorded_though_the_database_is_on_the_full_disk_too(workspace):
    with closing(SmallDisk(workspace, 4 * MEGABYTE)) as disk:
        told = disk.run(FILLING, str(workspace))
    state, hold_reason, message, left = told.strip().split(" | ")
    assert (state, hold_reason) == (JobState.QUEUED, HoldReason.DISK_FULL)
    assert "bytes are needed" in message and left == "[]"  # what was being staged made room for the hold


CROWDED = """
import os, sys, time
from pathlib import Path
from tests.waiting import until
from tests.workers.fleet import Fleet

crew = Fleet(Path(sys.argv[1]), TUNEWRIGHT_LEASE_SECONDS="1")
job = crew.ask("crowded")
crew.supervise()
until(lambda: (crew.home / "others").exists() and not os.statvfs(crew.home).f_bavail)
time.sleep(3)  # longer than the lease
(crew.home / "others").unlink()
crew.end_of(job)
ended = crew.now(job)
print(ended.state, ended.attempt, crew.causes(job), ended.max_attempts)
print(*crew.story(job), sep="|")
crew.close()
"""


def test_a_job_that_cannot_renew_its_lease_on_a_full_disk_is_held_and_not_counted_as_killed(workspace):
    with closing(SmallDisk(workspace, 4 * MEGABYTE)) as disk:
        told, story = disk.run(CROWDED, str(workspace)).splitlines()
    assert told == "succeeded 2 [] 6"
    assert "The disk is full" in story and "the disk has room again" in story


@pytest.mark.long
def test_a_full_disk_for_logs_ends_no_job(fleet, workspace):
    with closing(SmallDisk(workspace / "logs", MEGABYTE)) as disk:
        crew = fleet()
        job = crew.ask("chatty")
        crew.supervise(inside=disk.command)
        crew.wait(job, lambda row: disk.free_bytes() < 10_000 or row.ended_at)
        time.sleep(0.2)  # while some lines find no room
        disk.grow(30 * MEGABYTE)
        ended = crew.end_of(job)
        log = (disk.seen / f"{job.id}.log").read_text(errors="replace")
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1), crew.story(job)
    assert re.search(r"\d+ lines are missing here: the disk was full", log)


UPLOADING = """
from app.data.uploads import store_upload
from core.errors import DiskFullError

try:
    store_upload("x.csv", [b"a" * 1_000_000] * 5)
except DiskFullError as error:
    print(error.needed_bytes, error.message, error.remedy)
"""


def test_an_upload_that_does_not_fit_leaves_nothing(workspace):
    with closing(SmallDisk(workspace / "uploads", 3 * MEGABYTE)) as disk:
        bytes_needed, told = disk.run(UPLOADING).split(" ", 1)
        assert int(bytes_needed) > 2 * MEGABYTE
        assert "The disk is full: at least" in told and "upload it again" in told
        assert list(disk.seen.iterdir()) == []


KEEPING = """
import sys
import time
from pathlib import Path
from core.data.synthesis.journal import Entry, Journal
from core.specs import SynthesizeSpec
from core.reporting import Reporter

folder = Path(sys.argv[1]) / "journal"
spec = SynthesizeSpec(name="it", output_dir=sys.argv[1], documents=("/d",))
journal = Journal(folder, spec, Reporter())
if len(sys.argv) > 2:
    journal.add(Entry(0, 0, 100, [{"instruction": "Who?", "output": "You."}]))
print(journal.accepted)
"""


def test_paid_answers_survive_a_full_disk(tmp_path):
    with closing(SmallDisk(tmp_path / "small", MEGABYTE)) as disk:
        assert disk.run(KEEPING, str(disk.place), "ask").strip() == "1"
        disk.fill()
        subprocess.run(disk.command(sys.executable, "-c", KEEPING, str(disk.place)), cwd=ROOT, env=os.environ)
        disk.clear()
        assert disk.run(KEEPING, str(disk.place)).strip() == "1"
