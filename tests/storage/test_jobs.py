"""Jobs as their callers see them: in turn, held and released, stopped as wished, retried while attempts are left."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import insert

from core.errors import NotFoundError, TooManyError, TransitionRefusedError
from core.specs import DeathCause, HoldReason, JobKind, JobState, PrepareSpec, StopRequest, TrainSpec
from storage import claims, database, endings, jobs
from storage.actors import OWNER
from storage.database import open_store
from storage.rows import Job
from storage.settings import Settings
from tests.waiting import PATIENCE_SECONDS

CLAIMING = """
from core.specs import JobKind
from storage import claims
from storage.database import open_store
from storage.settings import settings
import sys

store = open_store(settings())
while job := claims.claim(store, sys.argv[1], [JobKind.PREPARE]):
    print(job.id, job.attempt, job.worker_id)
"""


@pytest.mark.long
def test_eight_processes_claim_two_thousand_jobs_and_none_twice(store):
    spec = PrepareSpec(name="a job", output_dir="/tmp/x", source="sample", num_samples=10)
    common = {
        "owner_id": OWNER.owner_id, "kind": JobKind.PREPARE, "name": "a job", "state": JobState.QUEUED,
        "max_attempts": 5, "spec": spec.model_dump(mode="json"), "spec_version": 1, "output_dir": "/tmp/x",
        "log_path": "/tmp/x.log",
    }  # fmt: skip
    with store.write() as session:
        session.execute(insert(Job), [{"id": f"prepare-{number:04}", **common} for number in range(2000)])
    root = database.__file__.rpartition("/storage/")[0]
    claimers = [
        subprocess.Popen([sys.executable, "-c", CLAIMING, f"w{number}"], cwd=root, stdout=subprocess.PIPE, text=True)
        for number in range(8)
    ]
    said = [claimer.communicate(timeout=PATIENCE_SECONDS)[0].splitlines() for claimer in claimers]
    assert [claimer.returncode for claimer in claimers] == [0] * 8

    claimed = Counter(line.split()[0] for lines in said for line in lines)
    assert len(claimed) == 2000 and set(claimed.values()) == {1}
    for number, lines in enumerate(said):
        for line in lines:
            row = jobs.get_job(store, OWNER, line.split()[0])
            assert (row.state, row.attempt, row.worker_id) == (JobState.RUNNING, 1, f"w{number}")


def test_a_gpu_that_a_job_has_is_given_to_no_other(store, enqueue):
    for _ in range(3):
        enqueue()
    kinds = [JobKind.PREPARE]
    first = claims.claim(store, "stalled", kinds, device="GPU-aa,GPU-cc")
    assert claims.claim(store, "w", kinds, device="GPU-aa") is None
    assert claims.claim(store, "w", kinds, device="GPU-bb,GPU-cc") is None
    assert claims.claim(store, "w", kinds, device="GPU-bb").device == "GPU-bb"
    endings.succeed(store, first.id, 1, {})
    assert claims.claim(store, "w", kinds, device="GPU-aa").device == "GPU-aa"


def test_however_many_run_all_are_seen(store, claim):
    ids = [claim().id for _ in range(103)]
    assert sorted(job.id for job in claims.running_jobs(store)) == sorted(ids)


def test_an_accepted_job_tells_all_that_was_asked(store, enqueue):
    job = jobs.get_job(store, OWNER, enqueue("Patient questions").id)
    assert job.id.startswith("prepare-") and job.id == job.id.lower()
    assert (job.name, job.state, job.attempt, job.owner_id) == ("Patient questions", JobState.QUEUED, 0, OWNER.owner_id)
    assert job.spec["num_samples"] == 10 and job.spec_version == 1
    assert job.created_at.tzinfo and job.log_path.endswith(f"logs/{job.id}.log")
    assert [event.message for event in jobs.events_of(store, OWNER, job.id)] == ["asked for"]


def test_ids_sort_as_they_were_given(enqueue):
    ids = [enqueue().id for _ in range(50)]
    assert ids == sorted(ids) and len(set(ids)) == 50


def test_jobs_are_taken_in_turn_and_by_kind(store, enqueue):
    first, second = enqueue(), enqueue()
    assert claims.claim(store, "w", [JobKind.TRAIN]) is None
    assert not claims.is_waiting(store, [JobKind.TRAIN]) and claims.is_waiting(store, [JobKind.PREPARE])
    assert [claims.claim(store, "w", [JobKind.PREPARE]).id for _ in range(2)] == [first.id, second.id]
    assert claims.claim(store, "w", [JobKind.PREPARE]) is None


def test_the_newest_are_listed_first_page_by_page(store, enqueue):
    ids = [enqueue().id for _ in range(5)]
    first = jobs.list_jobs(store, OWNER, limit=3)
    rest = jobs.list_jobs(store, OWNER, limit=3, before=first[-1].id)
    assert [job.id for job in first + rest] == ids[::-1]
    assert (
        jobs.list_jobs(store, OWNER, kind=JobKind.TRAIN) == jobs.list_jobs(store, OWNER, state=JobState.RUNNING) == []
    )


def test_an_unknown_job_is_not_found(store):
    for look in (jobs.get_job, jobs.release):
        with pytest.raises(NotFoundError):
            look(store, OWNER, "train-20000101-000000")


def test_a_job_paused_before_it_began_waits_until_released(store, enqueue):
    job = enqueue()
    held = jobs.request_stop(store, OWNER, job.id, StopRequest.PAUSE)
    assert (held.state, held.hold_reason) == (JobState.QUEUED, HoldReason.PERSON)
    assert claims.claim(store, "w", [JobKind.PREPARE]) is None
    jobs.release(store, OWNER, job.id)
    assert claims.claim(store, "w", [JobKind.PREPARE]).id == job.id


def test_a_paused_run_goes_on_as_a_new_attempt_and_pays_none(store, claim):
    job = claim()
    for attempt in range(1, 9):  # more often than a job may die
        paused = endings.pause_running(store, job.id, attempt, HoldReason.PERSON)
        assert (paused.state, paused.hold_reason) == (JobState.QUEUED, HoldReason.PERSON)
        assert claims.claim(store, "w", [JobKind.PREPARE]) is None
        jobs.release(store, OWNER, job.id)
        job = claims.claim(store, "w", [JobKind.PREPARE])
        assert job.attempt == attempt + 1
    interrupted = endings.interrupt(store, job.id, job.attempt, DeathCause.KILLED, "killed")
    assert interrupted.state == JobState.QUEUED


def test_a_full_disk_says_what_it_lacks_until_released(store, claim):
    job = claim()
    endings.pause_running(store, job.id, 1, HoldReason.DISK_FULL, "1,000 bytes are missing", "Free space.")
    held = jobs.get_job(store, OWNER, job.id)
    assert (held.hold_reason, held.error_message) == (HoldReason.DISK_FULL, "1,000 bytes are missing")
    assert jobs.release(store, OWNER, job.id).error_message is None


def test_only_what_is_held_is_released(store, claim, enqueue):
    for job in (claim(), enqueue()):
        with pytest.raises(TransitionRefusedError):
            jobs.release(store, OWNER, job.id)


def test_a_running_job_is_asked_to_stop_and_cancel_outweighs_pause(store, claim):
    job = claim()
    assert jobs.request_stop(store, OWNER, job.id, StopRequest.PAUSE).stop_requested == StopRequest.PAUSE
    assert jobs.request_stop(store, OWNER, job.id, StopRequest.CANCEL).stop_requested == StopRequest.CANCEL
    assert jobs.request_stop(store, OWNER, job.id, StopRequest.PAUSE).stop_requested == StopRequest.CANCEL
    assert jobs.get_job(store, OWNER, job.id).state == JobState.RUNNING


def test_a_job_that_keeps_dying_fails_with_the_cause(store, claim):
    job = claim()
    for attempt in range(1, store.settings.max_attempts):
        assert endings.interrupt(store, job.id, attempt, DeathCause.KILLED, "killed").state == JobState.QUEUED
        assert claims.claim(store, "w", [JobKind.PREPARE]).attempt == attempt + 1
    last = endings.interrupt(
        store, job.id, store.settings.max_attempts, DeathCause.OUT_OF_MEMORY, "the memory ran out", "Take less."
    )
    assert (last.state, last.death_cause, last.error_remedy) == ("failed", DeathCause.OUT_OF_MEMORY, "Take less.")
    assert "memory ran out" in last.error_message
    causes = [event.details["cause"] for event in jobs.events_of(store, OWNER, job.id) if "cause" in event.details]
    assert causes == ["killed"] * 4 + ["out of memory"]
    assert endings.count_deaths(store, job.id, DeathCause.OUT_OF_MEMORY) == 1
    assert endings.count_deaths(store, job.id, DeathCause.KILLED) == 4


def test_a_run_that_has_trained_may_die_once_more_and_is_not_lost(store):
    spec = TrainSpec(name="run", output_dir=str(store.settings.home / "runs/run"), dataset="/tmp/data", model="starter")
    job = jobs.enqueue(store, OWNER, spec, JobKind.TRAIN)
    last = store.settings.max_attempts
    for attempt in range(1, last + 1):
        assert claims.claim(store, "w", [JobKind.TRAIN]).attempt == attempt
        if attempt == last:
            Path(spec.output_dir, "final").mkdir(parents=True)
        died = endings.interrupt(store, job.id, attempt, DeathCause.OUT_OF_MEMORY, "the memory ran out")
        assert died.state == JobState.QUEUED
    claims.claim(store, "w", [JobKind.TRAIN])
    assert endings.interrupt(store, job.id, last + 1, DeathCause.KILLED, "killed").state == JobState.FAILED


@pytest.mark.parametrize(
    ("asked", "state", "hold"),
    [(StopRequest.CANCEL, JobState.CANCELLED, None), (StopRequest.PAUSE, JobState.QUEUED, HoldReason.PERSON)],
)
def test_a_stop_request_outlives_the_child(store, claim, asked, state, hold):
    job = claim()
    jobs.request_stop(store, OWNER, job.id, asked)
    ended = endings.interrupt(store, job.id, 1, DeathCause.KILLED, "killed")
    assert (ended.state, ended.hold_reason, ended.stop_requested) == (state, hold, None)


def test_a_lease_that_was_renewed_meanwhile_is_no_death(store, claim):
    job = claim()
    with pytest.raises(TransitionRefusedError):
        endings.interrupt(store, job.id, 1, DeathCause.LEASE_EXPIRED, "silent", only_if_expired=True)
    assert jobs.get_job(store, OWNER, job.id).state == JobState.RUNNING


def test_events_are_told_from_where_one_stopped_reading(store, claim):
    job = claim()
    seen = jobs.events_of(store, OWNER, job.id)
    claims.note(store, job.id, "adopted", supervisor="s")
    new = jobs.events_of(store, OWNER, job.id, after_id=seen[-1].id)
    assert [(event.message, event.details, event.attempt) for event in new] == [("adopted", {"supervisor": "s"}, 1)]


def test_no_more_jobs_wait_than_the_settings_allow(workspace, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_QUEUED_JOBS_LIMIT", "2")
    store = open_store(Settings())

    def ask():
        spec = PrepareSpec(name="x", output_dir=str(workspace), source="sample", num_samples=10)
        return jobs.enqueue(store, OWNER, spec, JobKind.PREPARE)

    first = ask()
    jobs.request_stop(store, OWNER, ask().id, StopRequest.PAUSE)  # it waits all the same
    with pytest.raises(TooManyError, match="2 jobs are already waiting") as refused:
        ask()
    assert "TUNEWRIGHT_QUEUED_JOBS_LIMIT" in refused.value.remedy
    assert len(jobs.list_jobs(store, OWNER)) == 2
    assert claims.claim(store, "w", [JobKind.PREPARE]).id == first.id
    ask()
    store.close()


def test_the_limit_holds_for_many_that_ask_at_once(workspace, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_QUEUED_JOBS_LIMIT", "3")
    store = open_store(Settings())

    def ask(_number):
        spec = PrepareSpec(name="x", output_dir=str(workspace), source="sample", num_samples=10)
        try:
            return jobs.enqueue(store, OWNER, spec, JobKind.PREPARE)
        except TooManyError:
            return None

    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(ask, range(12)))
    assert len([job for job in asked if job]) == 3 == len(jobs.list_jobs(store, OWNER))
    store.close()
