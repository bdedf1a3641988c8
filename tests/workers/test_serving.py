"""Deployments are kept as they are wanted: started, started again, adopted, ended."""

import os
import signal
import time
from pathlib import Path

import pytest

from core.specs.deployments import DeploymentState, DesiredState, Purpose, RestartPolicy
from storage import deployments
from storage.actors import OWNER
from storage.processes import Fate, fate_of
from tests.waiting import until
from tests.workers.fleet import STAGES
from workers import children, serving
from workers.serving import Serving


def deploy(crew, model, **values):
    return deployments.create_deployment(crew.store, OWNER, name=model, purpose=Purpose.SERVE, model=model, **values)


def wait(crew, deployment, holds):
    """The row of `deployment`, once `holds` is true of it."""

    def now():
        return deployments.get_deployment(crew.store, OWNER, deployment.id)

    def progress() -> tuple:
        row = now()
        return row.state, row.process_id, row.restarts, row.error_message

    return until(lambda: row if holds(row := now()) else None, progress=progress)


def ticking(supervised, holds):
    """`holds`, with a tick of `supervised` before each time it is asked."""

    def asked(row) -> bool:
        supervised.tick()
        return holds(row)

    return asked


def is_ready(row) -> bool:
    return row.state == DeploymentState.READY


def test_a_model_is_served_and_served_again_when_its_server_dies(fleet):
    crew = fleet()
    deployment = deploy(crew, "good")
    crew.supervise()
    first = wait(crew, deployment, is_ready)
    os.kill(first.process_id, signal.SIGKILL)
    second = wait(crew, deployment, lambda row: is_ready(row) and row.process_id != first.process_id)
    assert second.restarts == 1


@pytest.mark.long
def test_a_server_outlives_its_supervisor_and_is_adopted_and_stopped_by_the_next(fleet):
    crew = fleet()
    deployment = deploy(crew, "good")
    supervisor = crew.supervise()
    before = wait(crew, deployment, is_ready)
    supervisor.kill()
    supervisor.wait()
    crew.supervise()
    other = deploy(crew, "good")
    wait(crew, other, is_ready)  # the new supervisor is at work
    assert deployments.get_deployment(crew.store, OWNER, deployment.id).process_id == before.process_id
    deployments.set_desired(crew.store, OWNER, deployment.id, DesiredState.STOPPED)
    stopped = wait(crew, deployment, lambda row: row.state == DeploymentState.STOPPED)
    assert stopped.process_id is None and fate_of(before) == Fate.GONE


def test_a_server_that_cannot_live_is_named_and_not_tried_again_when_not_wished(fleet):
    crew = fleet()
    deployment = deploy(crew, "broken", restart_policy=RestartPolicy.NEVER)
    crew.supervise()
    failed = wait(crew, deployment, lambda row: row.state == DeploymentState.FAILED)
    assert "SIGABRT" in failed.error_message and failed.desired_state == DesiredState.STOPPED


@pytest.mark.long
def test_one_that_is_wanted_again_while_it_ends_has_not_died_and_is_told_again_to_end(fleet, monkeypatch):
    monkeypatch.setattr(children, "COMMAND", STAGES)
    monkeypatch.setattr(serving, "_STOP_SECONDS", 1.5)
    crew = fleet()
    deployment = deploy(crew, "slow to end")
    supervised = Serving(crew.store, threads=1)

    def wish(desired):
        deployments.set_desired(crew.store, OWNER, deployment.id, desired)

    def times_told() -> int:
        return Path(deployment.log_path).read_text().count("told to end")

    first = wait(crew, deployment, ticking(supervised, is_ready))
    wish(DesiredState.STOPPED)
    wait(crew, deployment, ticking(supervised, lambda row: times_told() == 1))
    wish(DesiredState.RUNNING)
    assert deployments.get_deployment(crew.store, OWNER, deployment.id).state == DeploymentState.STOPPING
    second = wait(crew, deployment, ticking(supervised, is_ready))
    assert second.process_id != first.process_id and (second.restarts, second.error_message) == (0, None)
    time.sleep(1.5)  # as long as the first had to end before it would have been killed
    wish(DesiredState.STOPPED)
    wait(crew, deployment, ticking(supervised, lambda row: row.state == DeploymentState.STOPPED))
    assert times_told() == 2


def test_a_wish_that_changed_before_anyone_saw_it_starts_it_anew(fleet, monkeypatch):
    monkeypatch.setattr(children, "COMMAND", STAGES)
    crew = fleet()
    deployment = deploy(crew, "good")
    Serving(crew.store, threads=1).tick()
    first = wait(crew, deployment, is_ready)
    for desired in (DesiredState.STOPPED, DesiredState.RUNNING):
        deployments.set_desired(crew.store, OWNER, deployment.id, desired)
    again = ticking(Serving(crew.store, threads=1), lambda row: is_ready(row) and row.process_id != first.process_id)
    second = wait(crew, deployment, again)
    assert second.restarts == 0
