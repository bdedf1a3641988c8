"""Model servers as real processes: the same answers from each, keys, hosts, and every way they end."""

import hashlib
import json
import os
import re
import signal
import socket
import threading
import time
from contextlib import ExitStack, suppress
from select import select
from urllib.parse import urlsplit

import httpx
import pytest

from core.specs.deployments import DeploymentState, DesiredState, Purpose
from storage.deployments import mark_starting, set_desired
from storage.processes import this_process
from tests.waiting import PATIENCE_SECONDS, soon_enough, until

QUESTION = "What is another word for big?"
SETTINGS = {"temperature": 1.2, "top_p": 0.9, "max_tokens": 30, "seed": 5}
MESSAGES = [{"role": "user", "content": QUESTION}]


def generated(client) -> str:
    return client.post("/generate", json={"prompt": QUESTION, **SETTINGS}).raise_for_status().json()["text"]


def streamed(client) -> str:
    body = {"messages": MESSAGES, "stream": True, **SETTINGS}
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        response.raise_for_status()
        events = [line.removeprefix("data: ") for line in response.iter_lines() if line]
    assert events[-1] == "[DONE]"
    return "".join(json.loads(event)["choices"][0]["delta"].get("content", "") for event in events[:-1])


def test_a_deployment_and_a_chat_server_give_the_same_text(deploy, gguf):
    serving, chatting = deploy(gguf), deploy(gguf, purpose=Purpose.CHAT)
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


def test_a_server_answers_only_its_own_hosts_pages_keys_and_sizes(deploy, gguf):
    served = deploy(gguf, purpose=Purpose.CHAT)
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


def test_what_a_server_answers_and_what_it_refuses_carries_the_security_headers(deploy, gguf):
    with deploy(gguf).client() as client:
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


LONG = {"temperature": 5, "top_p": 1, "max_tokens": 1500, "seed": 1}
"""An answer of two seconds."""


def test_a_server_ends_at_sigterm_in_the_middle_of_answers(deploy, gguf):
    served = deploy(gguf)
    body = {"messages": MESSAGES, "stream": True, **LONG}
    with served.client() as client, client.stream("POST", "/v1/chat/completions", json=body) as response:
        lines = response.iter_lines()  # kept: without it the response would be closed
        next(lines)
        for _ in range(3):
            threading.Thread(
                target=ask_in_vain, args=(served.row.address,), kwargs={"prompt": QUESTION, **LONG}
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


def stuck_server(deploy, gguf):
    """One that was asked, and has said that it is stuck."""
    served = deploy(gguf, entry=("-c", STUCK))
    with served.client() as client:
        threading.Thread(target=ask_in_vain, args=(served.row.address,), kwargs={"prompt": "x"}).start()
        until(lambda: client.get("/health").status_code == 503)
    return served


def test_a_stuck_model_is_told_while_everything_else_answers(deploy, gguf):
    with stuck_server(deploy, gguf).client() as client:
        statuses = {path: client.get(path).status_code for path in ("/health", "/ready", "/v1/models")}
    assert statuses == {"/health": 503, "/ready": 503, "/v1/models": 200}


def test_a_server_ends_within_three_seconds_though_its_model_hears_nothing(deploy, gguf):
    served = stuck_server(deploy, gguf)
    served.process.terminate()
    ended_soon(served)


def ask_in_vain(address: str, **body) -> None:
    """Ask, and see the server end or refuse."""
    with suppress(httpx.TransportError):
        httpx.post(f"{address}/generate", json=body, trust_env=False, timeout=PATIENCE_SECONDS)


def schema_without_end() -> dict:
    """Fourteen levels of choices, the last of them without a type."""
    choices = {f"a{level}": {"anyOf": [{"$ref": f"#/$defs/a{level + 1}"}] * 30} for level in range(14)}
    schema = {"$defs": choices | {"a14": {"type": []}}, "$ref": "#/$defs/a0"}
    return {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}


HOSTILE = {
    "a schema without end": {"prompt": "x", "response_format": schema_without_end()},
    "a million ligatures": {"prompt": "ﷺ" * 1_000_000},
    "a million ideographs": {"prompt": "中" * 1_000_000},
    "countless fields": {"prompt": "x", **{f"temperatur{number}": 1 for number in range(200_000)}},
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_what_would_cost_too_much_is_refused_before_it_is_spent(deploy, gguf, body):
    with deploy(gguf).client() as client:
        began = time.monotonic()
        assert client.post("/generate", json=body).status_code == 400
        assert soon_enough(time.monotonic() - began, 5)


def test_hostile_requests_hold_up_nobody(deploy, gguf):
    served = deploy(gguf)
    with served.client() as client:
        address = served.row.address
        attacks = [threading.Thread(target=ask_in_vain, args=(address,), kwargs=body) for body in HOSTILE.values()]
        for attack in attacks:
            attack.start()
        seconds = {"/generate": [], "/health": [], "/v1/models": []}
        for _ in range(5):
            for path, found in seconds.items():
                began = time.monotonic()
                body = {"prompt": "x", "max_tokens": 5}
                answered = client.post(path, json=body) if path == "/generate" else client.get(path)
                assert answered.status_code == 200
                found.append(time.monotonic() - began)
        assert soon_enough(max(seconds["/generate"]), 3), seconds
        assert soon_enough(max(seconds["/health"] + seconds["/v1/models"]), 1), seconds
        for attack in attacks:
            attack.join(PATIENCE_SECONDS)
        assert not any(attack.is_alive() for attack in attacks)


def test_a_prompt_near_the_limit_has_a_deadline_and_holds_up_no_other(deploy, gguf):
    served = deploy(gguf, settings={"context_length": 32_768})
    with served.client() as client:
        answers = []
        body = {"prompt": "ﷺ" * 200_000}  # ten seconds of tokenizing and more
        large = threading.Thread(target=lambda: answers.append(client.post("/generate", json=body)))
        large.start()
        time.sleep(0.3)
        began = time.monotonic()
        assert client.post("/generate", json={"prompt": "x", "max_tokens": 5}).status_code == 200
        assert large.is_alive() and soon_enough(time.monotonic() - began, 2)
        large.join(PATIENCE_SECONDS)
        assert answers and "was stopped after 5 s" in answers[0].json()["error"]["message"]


def test_clients_that_have_gone_leave_their_places_to_others(deploy, gguf):
    served = deploy(gguf)
    body = {"messages": MESSAGES, "stream": True, **LONG}
    question = json.dumps({"prompt": QUESTION, **LONG}).encode()
    with served.client() as client, ExitStack() as connections:
        host = urlsplit(served.row.address)
        request = (
            f"POST /generate HTTP/1.1\r\nHost: {host.netloc}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(question)}\r\n\r\n"
        ).encode() + question
        with client.stream("POST", "/v1/chat/completions", json=body) as response:
            lines = response.iter_lines()
            next(lines)
            waiting = [
                connections.enter_context(socket.create_connection((host.hostname, host.port))) for _ in range(40)
            ]
            for connection in waiting:
                connection.sendall(request)
            refused, _, _ = select(waiting, [], [], PATIENCE_SECONDS)  # more than may wait
            assert refused and b" 503 " in refused[0].recv(100)
            connections.close()
            began = time.monotonic()
            short = {"prompt": QUESTION, "max_tokens": 5}
            until(lambda: client.post("/generate", json=short).status_code == 200)  # their going takes a moment
            assert soon_enough(time.monotonic() - began, 3)


def test_a_client_that_goes_while_its_prompt_is_prepared_leaves_its_place_too(deploy, gguf):
    served = deploy(gguf, settings={"context_length": 32_768})
    with served.client() as client:
        with suppress(httpx.ReadTimeout):
            client.post("/generate", json={"prompt": "ﷺ" * 200_000}, timeout=httpx.Timeout(PATIENCE_SECONDS, read=0.5))
        # Large ones are prepared one by one: this one has to wait for the other, if that is still there.
        began = time.monotonic()
        answer = client.post("/generate", json={"prompt": "ﷺ" * 33_000})
        assert soon_enough(time.monotonic() - began, 3)
        assert answer.status_code == 400 and "reads at most" in answer.json()["error"]["message"]


def test_a_server_ends_when_its_row_says_so(deploy, gguf):
    served = deploy(gguf)
    served.wait(DeploymentState.READY)
    set_desired(served.store, served.id, DesiredState.STOPPED)
    assert served.process.wait(PATIENCE_SECONDS) == 0
    assert served.row.state == DeploymentState.STOPPED and served.row.process_id is None


def test_a_server_ends_when_another_took_its_place(deploy, gguf):
    served = deploy(gguf)
    served.wait(DeploymentState.READY)
    mark_starting(served.store, served.id, this_process())
    assert served.process.wait(PATIENCE_SECONDS) in (1, -signal.SIGALRM)  # on a machine that is busy the system ends it
    assert served.row.process_id == os.getpid() and served.row.state == DeploymentState.STARTING


def test_a_chat_server_that_nobody_uses_stops_and_is_not_wanted_any_more(deploy, gguf):
    served = deploy(gguf, purpose=Purpose.CHAT, settings={"idle_seconds": 1})
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


@pytest.mark.long
def test_a_gguf_with_an_endless_template_costs_one_answer_and_holds_up_no_other(deploy, gguf, tmp_path):
    data = gguf.read_bytes()
    start = data.index(b"{{- bos_token -}}")
    end = data.index(b"{%- endif -%}", start) + len(b"{%- endif -%}")
    endless = b"{%for a in range(99999)%}{%for b in range(99999)%}{%endfor%}{%endfor%}"
    hostile = tmp_path / "hostile.gguf"
    hostile.write_bytes(data[:start] + endless.ljust(end - start) + data[end:])
    served = deploy(hostile)
    with served.client() as client:
        answers = []
        endless = threading.Thread(target=lambda: answers.append(client.post("/generate", json={"prompt": "x"})))
        endless.start()
        time.sleep(0.5)
        assert client.post("/v1/completions", json={"prompt": "A word", "max_tokens": 3}).status_code == 200
        assert endless.is_alive()
        endless.join()
        assert answers[0].status_code == 400 and "was stopped" in answers[0].json()["error"]["message"]
    assert served.process.poll() is None
