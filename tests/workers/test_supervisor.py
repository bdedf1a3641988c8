"""The supervisor: slots, environments, deaths by name, wishes made to come true, one at a time."""

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import psutil
import pytest

from core.errors import TransitionRefusedError
from core.specs import DeathCause, HoldReason, JobKind, JobState, PrepareSpec, StopRequest, SynthesizeSpec
from storage import claims, jobs, leases, workers
from storage.actors import OWNER
from storage.database import open_store
from storage.processes import Fate, fate_of, identify
from tests.waiting import PATIENCE_SECONDS
from tests.workers.fleet import STAGES
from workers import children
from workers import supervisor as supervisor_module
from workers.supervisor import Supervisor

HASTY = {"TUNEWRIGHT_STOP_GRACE_SECONDS": "0.5"}


@pytest.mark.long
def test_a_job_gets_a_child_with_a_share_of_the_machine(fleet):
    crew = fleet()
    job = crew.ask("quick")
    crew.supervise("--gpus", "none", "--slots", str(os.cpu_count()))
    done = crew.end_of(job)
    environment = json.loads((Path(done.result["made"]) / "environment.json").read_text())
    assert environment["OMP_NUM_THREADS"] == "1" and environment["CUDA_VISIBLE_DEVICES"] == ""
    assert (environment["OMP_WAIT_POLICY"], environment["GOMP_SPINCOUNT"]) == ("PASSIVE", "1000")
    assert environment["TOKENIZERS_PARALLELISM"] == "false" and environment["TUNEWRIGHT_HOME"] == str(crew.home)
    assert environment["nice"] >= 5 and environment["session"] is True


@pytest.mark.long
def test_data_is_prepared_while_everything_else_waits_in_turn(fleet):
    crew = fleet()
    first, second = crew.ask("endless"), crew.ask("quick")
    spec = PrepareSpec(name="d", output_dir=str(crew.home / "datasets"), source="file", input_file="/nowhere.csv")
    preparing = crew.enqueue(spec, JobKind.PREPARE)
    crew.supervise("--slots", "1")
    crew.reporting(first)
    assert crew.end_of(preparing).state == JobState.FAILED  # there is no such file
    assert crew.now(second).state == JobState.QUEUED
    jobs.request_stop(crew.store, OWNER, first.id, StopRequest.CANCEL)
    assert crew.end_of(second).state == JobState.SUCCEEDED


@pytest.mark.long
def test_a_preparation_waits_for_no_synthesis(fleet):
    crew = fleet()
    sleeper = subprocess.Popen(["sleep", "600"], start_new_session=True)
    writing = SynthesizeSpec(
        name="s", output_dir=str(crew.home / "datasets"), task="questions", documents=("/nowhere.txt",), model="starter"
    )
    crew.enqueue(writing, JobKind.SYNTHESIZE)
    long = claims.claim(crew.store, "another", [JobKind.SYNTHESIZE])
    leases.attach(crew.store, long.id, 1, "another", identify(sleeper.pid))
    spec = PrepareSpec(name="d", output_dir=str(crew.home / "datasets"), source="file", input_file="/nowhere.csv")
    preparing = crew.enqueue(spec, JobKind.PREPARE)
    second = crew.enqueue(writing, JobKind.SYNTHESIZE)
    crew.supervise("--slots", "1")
    assert crew.end_of(preparing).state == JobState.FAILED  # there is no such file
    assert crew.now(long).state == JobState.RUNNING and crew.now(second).state == JobState.QUEUED


def test_a_claim_that_another_process_was_faster_with_ends_no_supervisor(fleet, monkeypatch):
    crew = fleet()
    job = crew.ask("quick")
    supervisor = Supervisor(crew.store, 1, [])
    claim = claims.claim

    def after_another(store, worker_id, kinds, device=None):
        claim(store, "another", kinds)
        raise TransitionRefusedError(f"{job.id} is not queued in attempt 0 (any more).")

    monkeypatch.setattr(claims, "claim", after_another)
    assert supervisor.take_place()
    supervisor.tick()
    assert crew.now(job).worker_id == "another"


def test_jobs_have_a_gpu_each_and_wait_for_one(fleet, tmp_path):
    tool = tmp_path / "bin/nvidia-smi"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho 'GPU 0: Some card (UUID: GPU-aa-0)'\necho 'GPU 1: Some card (UUID: GPU-bb-1)'\n")
    tool.chmod(0o755)
    crew = fleet(PATH=f"{tool.parent}:{os.environ['PATH']}")
    first, second, third = crew.ask("endless"), crew.ask("endless"), crew.ask("quick")
    crew.supervise("--slots", "4")
    assert {crew.reporting(first).device, crew.reporting(second).device} == {"GPU-aa-0", "GPU-bb-1"}
    assert crew.now(third).state == JobState.QUEUED
    freed = crew.now(first).device
    jobs.request_stop(crew.store, OWNER, first.id, StopRequest.CANCEL)
    made = Path(crew.end_of(third).result["made"])
    assert json.loads((made / "environment.json").read_text())["CUDA_VISIBLE_DEVICES"] == freed


def test_a_native_crash_takes_one_child_is_named_and_tried_again(fleet):
    crew = fleet()
    beside, job = crew.ask("endless"), crew.ask("crash_once")
    crew.supervise("--slots", "2")
    crew.reporting(beside)
    done = crew.end_of(job)
    assert (done.state, done.attempt, done.result) == (JobState.SUCCEEDED, 2, {"attempt": f"{job.id}.2"})
    assert crew.causes(job) == [DeathCause.NATIVE_CRASH]
    assert any("SIGABRT" in line for line in crew.story(job))
    assert "Fatal Python error: Aborted" in crew.log(job)
    assert crew.now(beside).state == JobState.RUNNING and crew.now(beside).attempt == 1


@pytest.mark.long
def test_a_job_that_always_crashes_fails_with_its_cause(fleet):
    crew = fleet(TUNEWRIGHT_MAX_ATTEMPTS="2")
    crash, silent = crew.ask("crash"), crew.ask("leave_silently")
    crew.supervise("--slots", "2")
    failed = crew.end_of(crash)
    assert (failed.state, failed.death_cause, failed.attempt) == (JobState.FAILED, DeathCause.NATIVE_CRASH, 2)
    assert "SIGSEGV" in failed.error_message and failed.error_remedy
    assert "status 3" in crew.end_of(silent).error_message


@pytest.mark.long
def test_a_cancel_that_is_not_heard_is_enforced_on_all_it_started(fleet):
    crew = fleet(**HASTY)
    job = crew.ask("deaf")
    crew.supervise()
    running = crew.wait(job, lambda row: "deaf" in crew.story(row) and row.process_id is not None)
    grandchild = next(e.details["child"] for e in jobs.events_of(crew.store, OWNER, job.id) if e.message == "deaf")
    jobs.request_stop(crew.store, OWNER, job.id, StopRequest.CANCEL)
    ended = crew.end_of(job)
    assert (ended.state, ended.attempt) == (JobState.CANCELLED, 1)
    assert fate_of(running) == Fate.GONE
    assert not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE


def test_a_pause_that_is_not_heard_is_enforced_and_the_job_held(fleet):
    crew = fleet(**HASTY)
    job = crew.ask("deaf")
    crew.supervise()
    crew.wait(job, lambda row: "deaf" in crew.story(row))
    jobs.request_stop(crew.store, OWNER, job.id, StopRequest.PAUSE)
    held = crew.wait(job, lambda row: row.hold_reason)
    assert (held.state, held.hold_reason) == (JobState.QUEUED, HoldReason.PERSON)


@pytest.mark.long
def test_a_second_supervisor_leaves_politely(fleet):
    crew = fleet()
    job = crew.ask("endless")
    crew.supervise()
    crew.reporting(job)
    assert crew.supervise().wait(PATIENCE_SECONDS) == 0
    assert crew.now(job).attempt == 1
    assert "another supervisor already runs" in (crew.home / "logs/supervisor.log").read_text()


@pytest.mark.long
def test_a_supervisor_told_to_leave_leaves_its_children_at_work(fleet):
    crew = fleet()
    job = crew.ask("endless")
    supervisor = crew.supervise()
    before = crew.reporting(job)
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(PATIENCE_SECONDS) == 0
    assert workers.last_supervisor(crew.store) is None
    after = crew.reporting(job, before.progress_done + 10)
    assert (after.state, after.process_id) == (JobState.RUNNING, before.process_id)


def test_an_idle_supervisor_leaves_the_database_alone_and_still_sees_a_job_at_once(fleet, monkeypatch):
    crew = fleet()
    monkeypatch.setattr(children, "COMMAND", STAGES)
    monkeypatch.setattr(supervisor_module, "_IDLE_SECONDS", 600)  # time alone is no reason for a look
    store = open_store(crew.store.settings)
    supervisor = Supervisor(store, 1, [])
    looks, look = [], supervisor.tick
    supervisor.tick = lambda: look() or looks.append(1)
    thread = threading.Thread(target=supervisor.run, args=[False])
    assert supervisor.take_place()
    thread.start()
    time.sleep(2)
    assert len(looks) <= 2
    job = crew.ask("refuse")
    assert crew.end_of(job).state == JobState.FAILED
    supervisor.leave.set()
    thread.join()
    store.close()


@pytest.mark.long
def test_a_supervisor_until_idle_leaves_when_nothing_is_left(fleet):
    crew = fleet()
    held, job = crew.ask("quick"), crew.ask("refuse")
    jobs.request_stop(crew.store, OWNER, held.id, StopRequest.PAUSE)
    assert crew.supervise("--until-idle").wait(PATIENCE_SECONDS) == 0
    assert crew.now(job).state == JobState.FAILED and crew.now(held).hold_reason == HoldReason.PERSON
