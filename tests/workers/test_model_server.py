"""Model servers as real processes: the same answers from each, and who may ask them."""

import hashlib
import json
import re
import threading
import time
from contextlib import closing

import pytest

from core.specs.deployments import DeploymentState, Purpose
from storage.database import open_store
from storage.settings import Settings
from tests.waiting import PATIENCE_SECONDS
from tests.workers.served import MESSAGES, QUESTION, servers

SETTINGS = {"temperature": 1.2, "top_p": 0.9, "max_tokens": 30, "seed": 5}


@pytest.fixture(scope="module")
def standing(tmp_path_factory, starter_gguf):
    """A deployment and a chat server of the same model, shared by the tests that end neither."""
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


@pytest.mark.long
def test_a_deployment_and_a_chat_server_give_the_same_text(standing):
    serving, chatting = standing
    with serving.client() as served, chatting.client(chatting.secret()) as chat:
        text = generated(served)
        assert text and text == streamed(served) == streamed(chat) == generated(chat)
        docs = served.get("/docs").text
        assert "swagger" in docs and set(re.findall(r"https?://[^/\"']+", docs)) == {serving.row.address}


def test_foreign_hosts_and_origins_wrong_keys_and_large_bodies_are_refused(standing):
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


def test_answers_and_refusals_have_the_security_headers(standing):
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


def test_beyond_loopback_a_key_is_required(deploy, gguf):
    without = deploy(gguf, host="0.0.0.0")
    assert without.process.wait(PATIENCE_SECONDS) == 1
    assert without.row.state == DeploymentState.FAILED and "needs a key" in without.row.error_message
    served = deploy(gguf, host="0.0.0.0", key_hash=hashlib.sha256(b"tunewright-right").hexdigest())
    with served.client() as client:
        assert client.get("/v1/models").status_code == 401
        assert client.get("/v1/models", headers={"Authorization": "Bearer tunewright-wrong"}).status_code == 401
        assert client.get("/v1/models", headers={"Authorization": "Bearer tunewright-right"}).status_code == 200
        assert client.get("/v1/models", headers={"Authorization": f"Bearer {served.secret()}"}).status_code == 200


@pytest.mark.long
def test_wrong_keys_are_delayed_and_logged_and_the_right_one_is_not(deploy, gguf, capfd):
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
        assert slowed.is_alive()  # still delayed: the right key did not wait for it
        slowed.join()
        assert time.monotonic() - began > 1.4
    log = "".join(capfd.readouterr())
    assert "127.0.0.1" in log and "wrong keys" in log and "canary" not in log
