"""Deployments: what is wanted, what is, and who may say so."""

import os
import stat
from pathlib import Path

import pytest

from core.errors import LeaseLostError, NotFoundError, TooManyError
from core.specs.deployments import DeploymentState, DesiredState, Purpose
from storage import deployments, serving
from storage.actors import OWNER
from storage.database import open_store
from storage.processes import this_process
from storage.settings import Settings


@pytest.fixture
def deployment(store):
    return deployments.create_deployment(store, OWNER, name="my model", purpose=Purpose.CHAT, model="starter")


def test_a_secret_is_in_a_file_of_the_owners_and_in_no_row(store, deployment):
    path = Path(deployment.secret_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    secret = path.read_text()
    assert len(secret) >= 43
    store.close()
    assert not any(secret.encode() in file.read_bytes() for file in store.settings.home.glob("studio.db*"))


def test_a_deployment_is_wanted_from_the_start_and_becomes_ready(store, deployment):
    assert (deployment.desired_state, deployment.state) == (DesiredState.RUNNING, DeploymentState.STOPPED)
    assert [row.id for row in serving.unsettled_deployments(store)] == [deployment.id]
    serving.mark_starting(store, deployment.id, this_process())
    ready = serving.mark_ready(store, deployment.id, "http://127.0.0.1:4000", os.getpid())
    assert (ready.state, ready.address) == (DeploymentState.READY, "http://127.0.0.1:4000")
    assert ready.ready_at and ready.last_used_at


def test_a_process_that_was_replaced_cannot_say_it_is_ready(store, deployment):
    serving.mark_starting(store, deployment.id, this_process())
    with pytest.raises(LeaseLostError):
        serving.mark_ready(store, deployment.id, "http://127.0.0.1:4000", os.getpid() + 1)
    assert deployments.get_deployment(store, OWNER, deployment.id).address is None


def test_the_pause_before_a_restart_grows(store, deployment):
    pauses = []
    for _ in range(9):
        serving.mark_starting(store, deployment.id, this_process())
        failed = serving.mark_failed(store, deployment.id, "it died", retry=True)
        assert not serving.startable(store, deployment.id)
        pauses.append((failed.start_after - failed.stopped_at).total_seconds())
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert deployments.set_desired(store, OWNER, deployment.id, DesiredState.RUNNING).restarts == 0
    assert serving.startable(store, deployment.id)


def test_what_cannot_serve_is_not_tried_again_until_asked(store, deployment):
    failed = serving.mark_failed(store, deployment.id, "no such model", "Choose another.")
    assert (failed.desired_state, failed.state) == (DesiredState.STOPPED, DeploymentState.FAILED)
    assert serving.unsettled_deployments(store) == []
    again = deployments.set_desired(store, OWNER, deployment.id, DesiredState.RUNNING)
    assert again.state == DeploymentState.STOPPED and serving.unsettled_deployments(store)


def test_stopping_is_settled_when_the_process_is_gone(store, deployment):
    serving.mark_starting(store, deployment.id, this_process())
    deployments.set_desired(store, OWNER, deployment.id, DesiredState.STOPPED)
    assert serving.unsettled_deployments(store)
    stopped = serving.mark_stopped(store, deployment.id)
    assert (stopped.state, stopped.address, stopped.process_id) == (DeploymentState.STOPPED, None, None)
    assert serving.unsettled_deployments(store) == []


def test_deployments_are_listed_by_purpose(store, deployment):
    served = deployments.create_deployment(store, OWNER, name="api", purpose=Purpose.SERVE, model="starter", port=8000)
    assert [row.id for row in deployments.list_deployments(store, OWNER, purpose=Purpose.SERVE)] == [served.id]
    assert len(deployments.list_deployments(store, OWNER)) == 2
    with pytest.raises(NotFoundError):
        deployments.get_deployment(store, OWNER, "serve-none")


def test_no_more_models_are_served_than_the_settings_allow(workspace, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_DEPLOYMENTS_LIMIT", "1")
    store = open_store(Settings())
    served = {"purpose": Purpose.SERVE, "model": "starter"}
    first = deployments.create_deployment(store, OWNER, name="first", **served)
    secrets = list((workspace / "secrets").iterdir())
    with pytest.raises(TooManyError, match="1 models are already being served"):
        deployments.create_deployment(store, OWNER, name="second", **served)
    assert list((workspace / "secrets").iterdir()) == secrets
    deployments.create_deployment(store, OWNER, name="chat", purpose=Purpose.CHAT, model="starter")
    deployments.set_desired(store, OWNER, first.id, DesiredState.STOPPED)
    second = deployments.create_deployment(store, OWNER, name="second", **served)
    with pytest.raises(TooManyError):
        deployments.set_desired(store, OWNER, first.id, DesiredState.RUNNING)
    assert deployments.set_desired(store, OWNER, second.id, DesiredState.RUNNING).desired_state == DesiredState.RUNNING
    store.close()
