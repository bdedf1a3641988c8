"""A child stopped past its lease, whose job was taken over, changes no row and no file when it continues."""

import hashlib
import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from core.artifacts import revoke_staged
from core.specs import DeathCause, JobKind, JobState, StopRequest
from storage import claims, endings, jobs, leases
from storage.actors import OWNER
from storage.database import NOT_NOW, open_store
from storage.processes import Fate, fate_of
from storage.rows import Row
from tests.waiting import PATIENCE_SECONDS, until
from tests.workers.fleet import Fleet

HASTY = {"TUNEWRIGHT_LEASE_SECONDS": "3"}


def everything(crew: Fleet) -> dict:
    """Every row of every table, and every file but the database's own, with its content and time of change."""
    found: dict = {}
    with crew.store.read() as session:
        for table in Row.metadata.sorted_tables:
            found[table.name] = [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
    for path in crew.home.rglob("*"):
        if path.is_file() and not path.name.startswith("studio.db"):
            status = path.stat()
            found[str(path)] = (status.st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
    return found


def stop_and_take_over(crew: Fleet, job, chance) -> None:
    """SIGSTOP at a random moment; then the job is given to another worker, once the lease has passed.

    Who is stopped inside a transaction cannot be taken over: then the child may go on for a moment, and is stopped
    again.
    """
    impatient = open_store(crew.store.settings, busy_seconds=0.2)
    while True:
        time.sleep(chance.random() / 5)
        os.kill(job.process_id, signal.SIGSTOP)
        until(lambda: job.id in [row.id for row in leases.expired(crew.store)])
        try:
            endings.interrupt(impatient, job.id, job.attempt, DeathCause.LEASE_EXPIRED, "silent", only_if_expired=True)
            assert claims.claim(impatient, "another", [JobKind.BENCHMARK]).attempt == job.attempt + 1
            revoke_staged(Path(job.output_dir), f"{job.id}.{job.attempt + 1}")  # as the new attempt's child begins
            return
        except NOT_NOW:
            os.kill(job.process_id, signal.SIGCONT)
            crew.wait(job, lambda row: row.id not in [expired.id for expired in leases.expired(crew.store)])


def stop_take_over_and_continue(crew: Fleet, chance) -> None:
    asked = crew.ask("endless")
    (crew.home / "logs").mkdir(exist_ok=True)
    child = crew.start_child(claims.claim(crew.store, "w", [JobKind.BENCHMARK]))
    job = crew.reporting(asked)
    stop_and_take_over(crew, job, chance)
    before = everything(crew)
    os.kill(job.process_id, signal.SIGCONT)
    child.wait(PATIENCE_SECONDS)
    assert everything(crew) == before
    endings.cancel_running(crew.store, job.id, job.attempt + 1)


@pytest.mark.long
def test_a_stopped_child_whose_job_was_taken_over_changes_nothing_when_continued(fleet, chance):
    crew = fleet(**HASTY)
    for _ in range(2):
        stop_take_over_and_continue(crew, chance)


@pytest.mark.long
def test_a_hundred_stopped_children_change_nothing(fleet, chance):
    crew = fleet(**HASTY)
    for _ in range(100):
        stop_take_over_and_continue(crew, chance)


@pytest.mark.long
def test_a_child_stopped_for_less_than_its_lease_continues(fleet):
    crew = fleet()
    asked = crew.ask("endless")
    (crew.home / "logs").mkdir()
    child = crew.start_child(claims.claim(crew.store, "w", [JobKind.BENCHMARK]))
    job = crew.reporting(asked)
    os.kill(job.process_id, signal.SIGSTOP)
    time.sleep(0.5)
    os.kill(job.process_id, signal.SIGCONT)
    crew.reporting(job, crew.now(job).progress_done + 10)
    jobs.request_stop(crew.store, OWNER, job.id, StopRequest.CANCEL)
    assert child.wait(PATIENCE_SECONDS) == 0 and crew.now(job).state == JobState.CANCELLED


@pytest.mark.long
def test_a_paused_machine_costs_no_attempt(fleet):
    """As a container or a virtual machine is paused: all of it stops for longer than a lease, but clocks go on."""
    crew = fleet(**HASTY)
    asked = crew.ask("endless")
    crew.supervise()
    job = crew.reporting(asked)
    processes = [crew.supervisors[0].pid, job.process_id]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    until(lambda: job.id in [row.id for row in leases.expired(crew.store)])
    for process in processes:
        os.kill(process, signal.SIGCONT)
    crew.reporting(job, crew.now(job).progress_done + 10)
    time.sleep(float(HASTY["TUNEWRIGHT_LEASE_SECONDS"]))
    assert (crew.now(job).attempt, crew.causes(job)) == (1, [])
    jobs.request_stop(crew.store, OWNER, job.id, StopRequest.CANCEL)
    assert crew.end_of(job).state == JobState.CANCELLED


@pytest.mark.parametrize("stage", ["locking", pytest.param("endless", marks=pytest.mark.long)])
def test_the_supervisor_ends_a_stopped_child_and_starts_another(fleet, stage):
    """Also one that was stopped while it held the database's write lock, where everybody else waits for it."""
    crew = fleet(**HASTY)
    job = crew.ask(stage)
    crew.supervise()
    first = crew.reporting(job)
    os.kill(first.process_id, signal.SIGSTOP)
    second = crew.wait(job, lambda row: row.attempt == 2 and row.process_id)
    assert fate_of(first) == Fate.GONE and second.state == JobState.RUNNING
    assert crew.causes(job) == [DeathCause.LEASE_EXPIRED]
    until(lambda: "attempt 2 begins" in Path(job.log_path).read_text())  # its process is known before it writes
