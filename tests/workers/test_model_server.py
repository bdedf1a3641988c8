"""Model servers as real processes: the same answers from each, keys, hosts, and every way they end."""

import hashlib
import json
import os
import re
import signal
import socket
import threading
import time
from contextlib import closing

import pytest

from core.specs.deployments import DeploymentState, DesiredState, Purpose
from storage.actors import OWNER
from storage.database import open_store
from storage.deployments import set_desired
from storage.processes import this_process
from storage.serving import mark_starting
from storage.settings import Settings
from tests.waiting import PATIENCE_SECONDS, soon_enough, until
from tests.workers.served import LONG_ANSWER, MESSAGES, QUESTION, UNHURRIED, ask_in_vain, servers

SETTINGS = {"temperature": 1.2, "top_p": 0.9, "max_tokens": 30, "seed": 5}


@pytest.fixture(scope="module")
def standing(tmp_path_factory, starter_gguf):
    """Two servers of one model that all tests ask who end neither: a deployment, and one for the chat."""
    home = tmp_path_factory.mktemp("standing") / "workspace"
    with closing(open_store(Settings(home=home))) as store, servers(store) as start:
        yield tuple(start(starter_gguf("q4_k_m"), purpose=purpose) for purpose in (Purpose.SERVE, Purpose.CHAT))


def generated(client) -> str:
    return client.post("/generate", json={"prompt": QUESTION, **SETTINGS}).raise_for_status().json()["text"]


def streamed(client) -> str:
    body = {"messages": MESSAGES, "stream": True, **SETTINGS}
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        response.raise_for_status()
        events = [line.removeprefix("data: ") for line in response.iter_lines() if line]
    assert events[-1] == "[DONE]"
    return "".join(json.loads(event)["choices"][0]["delta"].get("content", "") for event in events[:-1])


def test_a_deployment_and_a_chat_server_give_the_same_text(standing):
    serving, chatting = standing
    with serving.client() as served, chatting.client(chatting.secret()) as chat:
        text = generated(served)
        assert text and text == streamed(served) == streamed(chat) == generated(chat)
        docs = served.get("/docs").text
        assert "swagger" in docs and set(re.findall(r"https?://[^/\"']+", docs)) == {serving.row.address}


def test_a_reranker_orders_documents_by_its_scores(deploy, gguf, cross_encoder):
    with deploy(gguf, reranker=str(cross_encoder)).client() as client:
        documents = ["a dog ran", "asthma is a disease of the lungs", "the bank is closed"]
        ranked = client.post("/rerank", json={"query": "asthma", "documents": documents}).json()["results"]
        scores = [result["score"] for result in ranked]
        assert len(set(scores)) == 3 and scores == sorted(scores, reverse=True)
        assert client.get("/health").json()["reranker"]


def test_a_server_answers_only_its_own_hosts_pages_keys_and_sizes(standing):
    _, served = standing
    with served.client() as client:
        for key in (None, "wrong", served.id):
            response = client.get("/v1/models", headers={"Authorization": f"Bearer {key}"} if key else {})
            assert response.status_code == 401 and response.json()["error"]["message"]
            assert client.post("/generate", json={"prompt": "x"}).status_code == 401
        mine = {"Authorization": f"Bearer {served.secret()}"}
        assert client.get("/v1/models", headers=mine).status_code == 200
        assert client.get("/health").status_code == 200
        assert client.get("/health", headers={"Host": "evil.example"}).status_code == 403
        assert client.get("/v1/models", headers={**mine, "Origin": "http://evil.example"}).status_code == 403
        assert client.post("/generate", headers=mine, content=b"x" * (9 << 20)).status_code == 413
        assert client.get("/v1/models", headers=mine).status_code == 200


def test_what_a_server_answers_and_what_it_refuses_carries_the_security_headers(standing):
    with standing[0].client() as client:
        answers = {
            200: client.get("/v1/models"),
            403: client.get("/v1/models", headers={"Host": "evil.example"}),
            404: client.get("/nothing"),
            413: client.post("/generate", content=b"x" * (9 << 20)),
        }
        for status, answer in answers.items():
            assert answer.status_code == status
            assert "default-src 'self'" in answer.headers.get("content-security-policy", "")
            assert answer.headers.get("x-content-type-options") == "nosniff"
            assert answer.headers.get("cross-origin-resource-policy") == "same-origin"


def test_beyond_loopback_a_key_is_needed(deploy, gguf):
    without = deploy(gguf, host="0.0.0.0")
    assert without.process.wait(PATIENCE_SECONDS) == 1
    assert without.row.state == DeploymentState.FAILED and "needs a key" in without.row.error_message
    served = deploy(gguf, host="0.0.0.0", key_hash=hashlib.sha256(b"tunewright-right").hexdigest())
    with served.client() as client:
        assert client.get("/v1/models").status_code == 401
        assert client.get("/v1/models", headers={"Authorization": "Bearer tunewright-wrong"}).status_code == 401
        assert client.get("/v1/models", headers={"Authorization": "Bearer tunewright-right"}).status_code == 200
        assert client.get("/v1/models", headers={"Authorization": f"Bearer {served.secret()}"}).status_code == 200


def test_wrong_keys_are_slowed_and_logged_and_the_right_one_is_not(deploy, gguf, capfd):
    served = deploy(gguf, purpose=Purpose.CHAT)
    with served.client() as client:
        for _ in range(3):
            client.get("/v1/models", headers={"Authorization": "Bearer guessed-canary"})
        slowed = threading.Thread(
            target=lambda: [client.get("/v1/models", headers={"Authorization": "Bearer guessed-canary"}) for _ in "12"]
        )
        began = time.monotonic()
        slowed.start()
        mine = {"Authorization": f"Bearer {served.secret()}"}
        assert client.get("/v1/models", headers=mine).status_code == 200
        assert slowed.is_alive()  # still held back: who has the key did not wait for it
        slowed.join()
        assert time.monotonic() - began > 1.4
    log = "".join(capfd.readouterr())
    assert "127.0.0.1" in log and "wrong keys" in log and "canary" not in log


def test_a_server_ends_at_sigterm_in_the_middle_of_answers(deploy, gguf):
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
        assert ended_soon(served) in (0, -signal.SIGALRM)  # on a machine that is busy the system ends it


def ended_soon(served) -> int:
    """The exit status of a server that has just been told to end: it does so within three seconds."""
    began = time.monotonic()
    status = served.process.wait(PATIENCE_SECONDS)
    assert soon_enough(time.monotonic() - began, 3)
    return status


STUCK = """
import sys, time
from contextlib import suppress
from workers import model_server

with suppress(ImportError):  # a server that has no such limit tells by its answers that it has none
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
"""A model server whose model, once asked, hears nothing."""


def test_a_stuck_model_is_reported_and_its_server_still_ends_in_three_seconds(deploy, gguf):
    served = deploy(gguf, entry=("-c", STUCK))
    with served.client() as client:
        threading.Thread(target=ask_in_vain, args=(served.row.address,), kwargs={"prompt": "x"}).start()
        until(lambda: client.get("/health").status_code == 503)
        statuses = {path: client.get(path).status_code for path in ("/health", "/ready", "/v1/models")}
    assert statuses == {"/health": 503, "/ready": 503, "/v1/models": 200}
    served.process.terminate()
    ended_soon(served)


def test_a_server_ends_when_its_row_says_so(deploy, gguf):
    served = deploy(gguf, entry=UNHURRIED)
    served.wait(DeploymentState.READY)
    set_desired(served.store, OWNER, served.id, DesiredState.STOPPED)
    assert served.process.wait(PATIENCE_SECONDS) == 0
    assert served.row.state == DeploymentState.STOPPED and served.row.process_id is None


def test_a_server_ends_when_another_took_its_place(deploy, gguf):
    served = deploy(gguf, entry=UNHURRIED)
    served.wait(DeploymentState.READY)
    mark_starting(served.store, served.id, this_process())
    assert served.process.wait(PATIENCE_SECONDS) == 1
    assert served.row.process_id == os.getpid() and served.row.state == DeploymentState.STARTING


def test_a_chat_server_that_nobody_uses_stops_and_is_not_wanted_any_more(deploy, gguf):
    served = deploy(gguf, entry=UNHURRIED, purpose=Purpose.CHAT, settings={"idle_seconds": 1})
    assert served.process.wait(PATIENCE_SECONDS) == 0
    assert served.row.state == DeploymentState.STOPPED
    assert served.row.desired_state == DesiredState.STOPPED


def test_a_taken_port_is_told(deploy, gguf):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        served = deploy(gguf, port=taken.getsockname()[1])
        assert served.process.wait(PATIENCE_SECONDS) == 1
    assert served.row.state == DeploymentState.FAILED and "can listen" in served.row.error_message


def test_a_gguf_cut_in_half_is_told_in_the_row(deploy, gguf, tmp_path):
    half = tmp_path / "half.gguf"
    half.write_bytes(gguf.read_bytes()[: gguf.stat().st_size // 2])
    served = deploy(half)
    assert served.process.wait(PATIENCE_SECONDS) == 1
    assert "cut short" in served.row.error_message and served.row.error_remedy
