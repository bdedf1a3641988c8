"""SIGKILL at a random moment to the training, the supervisor, or both and the studio: the run still ends whole."""

import os
import signal
import time
from pathlib import Path

import pytest

from core.manifests import verify_manifest
from core.specs import DeathCause, JobKind, JobState
from storage import claims, endings, workers
from storage.processes import Fate, fate_of
from tests.core.training.runs import changed
from tests.faults.checks import assert_resumed_from, assert_whole, checkpoint_steps
from tests.faults.conftest import TOTAL_STEPS
from tests.studio import running_studio
from tests.waiting import until

LONG_EPOCHS = 2
"""A training this long, disturbed early, is still under way when the new supervisor is there, on a fast machine too."""
EARLY = TOTAL_STEPS // 6


def await_random_moment(crew, job, chance, latest=TOTAL_STEPS // 2):
    """Let the training come to a random step, and a random way into it. Returns the job's row there."""
    row = crew.reporting(job, chance.randint(1, latest))
    time.sleep(chance.random() / 2)
    return row


@pytest.mark.long
def test_a_killed_training_resumes_from_its_last_whole_checkpoint(fleet, training, chance):
    crew = fleet()
    job = crew.enqueue(training, JobKind.TRAIN)
    crew.supervise()
    running = await_random_moment(crew, job, chance)
    os.kill(running.process_id, signal.SIGKILL)
    saved = checkpoint_steps(job)
    assert_whole(crew, job, attempts=2)
    assert_resumed_from(crew, job, max(saved, default=0))
    assert crew.causes(job) == [DeathCause.KILLED]


@pytest.mark.long
def test_a_killed_supervisor_is_replaced_and_its_training_continues(fleet, training, chance, workspace):
    crew = fleet()
    with running_studio(workspace) as studio:
        job = crew.enqueue(changed(training, epochs=LONG_EPOCHS), JobKind.TRAIN)
        running = await_random_moment(crew, job, chance, latest=EARLY)
        first = workers.supervisor(crew.store)
        os.kill(first.process_id, signal.SIGKILL)
        until(
            lambda: (new := workers.supervisor(crew.store)) and new.worker_id != first.worker_id,
            lost=lambda: studio.process.poll() is not None and "the studio has ended",
        )
        crew.wait(job, lambda row: any("adopted by a new supervisor" in line for line in crew.story(row)))
        assert fate_of(running) == Fate.ALIVE and crew.now(job).process_id == running.process_id
        assert_whole(crew, job, attempts=1, steps=LONG_EPOCHS * TOTAL_STEPS)
    assert "adopted by a new supervisor; the one before is lost (gone)" in crew.story(job)


@pytest.mark.long
def test_the_next_start_resumes_after_everything_was_killed(fleet, training, chance, workspace):
    crew = fleet()
    with running_studio(workspace) as studio:
        job = crew.enqueue(training, JobKind.TRAIN)
        running = await_random_moment(crew, job, chance)
        for process_id in (studio.process.pid, workers.supervisor(crew.store).process_id, running.process_id):
            os.kill(process_id, signal.SIGKILL)
    saved = checkpoint_steps(job)
    with running_studio(workspace) as studio:
        assert_whole(crew, job, attempts=2)
        assert studio.client().get(f"/api/jobs/{job.id}").json()["state"] == "succeeded"
    assert_resumed_from(crew, job, max(saved, default=0))
    assert crew.causes(job) == [DeathCause.KILLED]


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_twenty_kills_at_random_moments_of_one_training_lose_nothing(fleet, training, chance):
    """Also while libraries load, a checkpoint is written, or the adapter is published."""
    crew = fleet(TUNEWRIGHT_MAX_ATTEMPTS="40")
    job = crew.enqueue(training, JobKind.TRAIN)
    crew.supervise()
    kills = 0
    for attempt in range(1, 21):
        running = crew.wait(job, lambda row: (row.attempt >= attempt and row.process_id) or row.ended_at)  # noqa: B023
        if running.ended_at:
            break
        time.sleep(chance.uniform(0, 20))
        if fate_of(running) == Fate.ALIVE:
            os.kill(running.process_id, signal.SIGKILL)
            kills += 1
            crew.wait(job, lambda row: row.attempt > running.attempt or row.ended_at)  # noqa: B023
    assert_whole(crew, job, attempts=kills + 1)


@pytest.mark.long
def test_a_run_whose_merge_takes_all_memory_ends_with_its_adapter(fleet, training):
    """Also where the merge took the last attempt. That the kernel did it is said for it: it kills nobody on request."""
    crew = fleet(TUNEWRIGHT_MAX_ATTEMPTS="1")
    (crew.home / "logs").mkdir(exist_ok=True)
    crew.enqueue(changed(training, epochs=3 / TOTAL_STEPS, merge_adapters=True), JobKind.TRAIN)
    job = claims.claim(crew.store, "w", [JobKind.TRAIN])
    child = crew.start_child(job)
    until(
        lambda: list(Path(job.output_dir).glob(".merged_model.*")),
        lost=lambda: child.poll() is not None and crew.log(job),
    )
    child.kill()
    child.wait()
    endings.interrupt(crew.store, job.id, 1, DeathCause.OUT_OF_MEMORY, "the memory ran out")
    crew.supervise()
    done = crew.end_of(job)
    assert (done.state, done.attempt, done.result["steps"]) == (JobState.SUCCEEDED, 2, 3), crew.story(job)
    assert done.result["merged_model"] is None and "the kernel killed the process" in done.result["merge"]["refused"]
    assert sum(line.startswith("Not merged.") for line in crew.story(job)) == 1
    verify_manifest(Path(done.result["adapter"]))
    assert not list(Path(job.output_dir).glob(".*.partial"))
