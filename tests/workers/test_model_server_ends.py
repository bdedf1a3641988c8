"""Every way in which a model server ends: signal, row, idleness, another process, a failed start."""

import os
import signal
import socket
import threading
import time

import pytest

from core.specs.deployments import DeploymentState, DesiredState, Purpose
from storage.actors import OWNER
from storage.deployments import set_desired
from storage.processes import this_process
from storage.serving import mark_starting
from tests.waiting import PATIENCE_SECONDS, soon_enough, until
from tests.workers.served import LONG_ANSWER, MESSAGES, QUESTION, UNHURRIED, ask_in_vain


def test_sigterm_ends_a_server_in_the_middle_of_answers(deploy, gguf):
    served = deploy(gguf)
    body = {"messages": MESSAGES, "stream": True, **LONG_ANSWER}
    with served.client() as client, client.stream("POST", "/v1/chat/completions", json=body) as response:
        lines = response.iter_lines()  # kept: without it the response would be closed
        next(lines)
        for _ in range(3):
            threading.Thread(
                target=ask_in_vain, args=(served.row.address,), kwargs={"prompt": QUESTION, **LONG_ANSWER}
            ).start()
        time.sleep(0.2)
        served.process.terminate()
        assert ended_soon(served) in (0, -signal.SIGALRM)  # on a busy machine the kernel ends it


def ended_soon(served) -> int:
    """The exit status of a server that has just been told to end; asserts that it does within three seconds."""
    began = time.monotonic()
    status = served.process.wait(PATIENCE_SECONDS)
    assert soon_enough(time.monotonic() - began, 3)
    return status


STUCK = """
import sys, time
from contextlib import suppress
from workers import model_server

with suppress(ImportError):  # a server without this limit fails by its answers
    from core.serving import queue

    queue.STUCK_SECONDS = 0.5
opened = model_server.open_engine

def stuck(*arguments):
    engine = opened(*arguments)
    engine.read = lambda tokens: time.sleep(3600)
    return engine

model_server.open_engine = stuck
sys.exit(model_server.serve(sys.argv[1]))
"""
"""A model server whose model never answers."""


@pytest.mark.long
def test_a_stuck_model_is_reported_and_its_server_still_ends_in_three_seconds(deploy, gguf):
    served = deploy(gguf, entry=("-c", STUCK))
    with served.client() as client:
        threading.Thread(target=ask_in_vain, args=(served.row.address,), kwargs={"prompt": "x"}).start()
        until(lambda: client.get("/health").status_code == 503)
        statuses = {path: client.get(path).status_code for path in ("/health", "/ready", "/v1/models")}
    assert statuses == {"/health": 503, "/ready": 503, "/v1/models": 200}
    served.process.terminate()
    ended_soon(served)


@pytest.mark.long
def test_a_row_that_says_stopped_ends_the_server(deploy, gguf):
    served = deploy(gguf, entry=UNHURRIED)
    served.wait(DeploymentState.READY)
    set_desired(served.store, OWNER, served.id, DesiredState.STOPPED)
    assert served.process.wait(PATIENCE_SECONDS) == 0
    assert served.row.state == DeploymentState.STOPPED and served.row.process_id is None


@pytest.mark.long
def test_a_server_ends_when_another_has_taken_its_place(deploy, gguf):
    served = deploy(gguf, entry=UNHURRIED)
    served.wait(DeploymentState.READY)
    mark_starting(served.store, served.id, this_process())
    assert served.process.wait(PATIENCE_SECONDS) == 1
    assert served.row.process_id == os.getpid() and served.row.state == DeploymentState.STARTING


@pytest.mark.long
def test_an_idle_chat_server_stops_and_stays_stopped(deploy, gguf):
    served = deploy(gguf, entry=UNHURRIED, purpose=Purpose.CHAT, settings={"idle_seconds": 1})
    assert served.process.wait(PATIENCE_SECONDS) == 0
    assert served.row.state == DeploymentState.STOPPED
    assert served.row.desired_state == DesiredState.STOPPED


@pytest.mark.long
def test_a_port_in_use_is_reported(deploy, gguf):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        served = deploy(gguf, port=taken.getsockname()[1])
        assert served.process.wait(PATIENCE_SECONDS) == 1
    assert served.row.state == DeploymentState.FAILED and "Cannot listen" in served.row.error_message


@pytest.mark.long
def test_a_gguf_cut_in_half_is_reported_in_the_row(deploy, gguf, tmp_path):
    half = tmp_path / "half.gguf"
    half.write_bytes(gguf.read_bytes()[: gguf.stat().st_size // 2])
    served = deploy(half)
    assert served.process.wait(PATIENCE_SECONDS) == 1
    assert "cut short" in served.row.error_message and served.row.error_remedy
