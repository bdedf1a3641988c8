"""One child, one job: what it reports, how each end is told, and what stands in its log."""

import json
from pathlib import Path

import pytest

from core.specs import DeathCause, HoldReason, JobKind, JobState, StopRequest
from storage import claims, endings, jobs, metrics
from storage.actors import OWNER
from storage.artifacts import list_artifacts
from tests.waiting import PATIENCE_SECONDS
from tests.workers.fleet import Fleet


def run(fleet: Fleet, stage: str):
    """Claim a job of `stage` and let a child run it to its end."""
    fleet.ask(stage)
    job = claims.claim(fleet.store, "w", [JobKind.BENCHMARK])
    (fleet.home / "logs").mkdir(exist_ok=True)
    status = fleet.start_child(job).wait(PATIENCE_SECONDS)
    return fleet.now(job), status


def test_a_job_that_is_done_has_told_and_registered_everything(fleet):
    workers = fleet()
    job, status = run(workers, "quick")
    assert (job.state, status, job.error_message) == (JobState.SUCCEEDED, 0, None)
    assert (job.progress_done, job.progress_total, job.stage) == (10, 10, "Counting")
    assert [step for step, _ in metrics.series(workers.store, OWNER, job.id)["loss"]] == list(range(1, 11))
    assert "counted" in workers.story(job) and workers.story(job)[-1] == "succeeded"
    artifact = list_artifacts(workers.store, OWNER, job_id=job.id)[0]
    assert artifact.path == job.result["made"] == f"{job.output_dir}/made"
    assert json.loads((Path(job.output_dir) / "spec.json").read_text())["models"] == ["quick"]
    made_by = json.loads((Path(artifact.path) / "manifest.json").read_text())["made_by"]
    assert made_by == f"{job.id}.1"


def test_every_line_of_its_log_names_the_job(fleet):
    workers = fleet()
    job, _ = run(workers, "quick")
    lines = workers.log(job).splitlines()
    assert any("counted" in line for line in lines)
    assert all(f"Z {job.id} " in line for line in lines)


@pytest.mark.parametrize(
    ("stage", "cause", "message"),
    [
        ("refuse", DeathCause.ERROR, "The dataset has no rows."),
        ("stumble", DeathCause.ERROR, "IndexError: pop from empty list"),
        ("starve", DeathCause.OUT_OF_MEMORY, "The memory ran out."),
        ("cramped", DeathCause.OUT_OF_MEMORY, "The memory ran out."),
    ],
)
def test_an_error_is_told_in_words_and_its_traceback_only_in_the_log(fleet, stage, cause, message):
    workers = fleet()
    job, _ = run(workers, stage)
    assert (job.state, job.death_cause, job.error_message) == (JobState.FAILED, cause, message)
    assert job.error_remedy and "Traceback" not in job.error_message
    assert ("Traceback" in workers.log(job)) == (stage != "refuse")
    assert not Path(job.output_dir).exists()  # nothing was made


@pytest.mark.parametrize(
    ("asked", "state", "hold"),
    [(StopRequest.CANCEL, JobState.CANCELLED, None), (StopRequest.PAUSE, JobState.QUEUED, HoldReason.PERSON)],
)
def test_a_stage_that_hears_a_stop_request_ends_as_asked(fleet, asked, state, hold):
    workers = fleet()
    workers.ask("endless")
    job = claims.claim(workers.store, "w", [JobKind.BENCHMARK])
    (workers.home / "logs").mkdir()
    child = workers.start_child(job)
    workers.reporting(job)
    jobs.request_stop(workers.store, OWNER, job.id, asked)
    assert child.wait(PATIENCE_SECONDS) == 0
    ended = workers.now(job)
    assert (ended.state, ended.hold_reason, ended.worker_id) == (state, hold, None)


def test_a_child_of_an_attempt_that_is_over_does_nothing(fleet):
    workers = fleet()
    workers.ask("quick")
    stale = claims.claim(workers.store, "w", [JobKind.BENCHMARK])
    endings.interrupt(workers.store, stale.id, 1, DeathCause.KILLED, "killed")
    (workers.home / "logs").mkdir()
    assert workers.start_child(stale).wait(PATIENCE_SECONDS) != 0
    assert workers.now(stale).state == JobState.QUEUED
    assert workers.log(stale) == "" and list(Path(stale.output_dir).iterdir()) == []
