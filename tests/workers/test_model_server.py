"""Model servers as real processes: the same answers from each, keys, hosts, and every way they end."""

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx

from core.deployments import DeploymentState, DesiredState, Purpose
from storage.deployments import mark_starting, set_desired
from storage.processes import this_process
from tests.workers.served import PATIENCE_SECONDS

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


def test_a_server_ends_at_sigterm_in_the_middle_of_an_answer(deploy, gguf):
    served = deploy(gguf)
    body = {"messages": MESSAGES, "stream": True, "temperature": 5, "max_tokens": 1000, "seed": 1, "top_p": 1}
    with served.client() as client, client.stream("POST", "/v1/chat/completions", json=body) as response:
        next(response.iter_lines())
        served.process.terminate()
        assert served.process.wait(3) in (0, -signal.SIGALRM)  # on a machine that is busy the system ends it


_STUCK = """
import asyncio, sys, time
from fastapi import FastAPI
import uvicorn
from workers.model_server import _Server

api = FastAPI()

@api.get("/")
async def stuck():
    await asyncio.to_thread(time.sleep, 60)

@api.get("/health")
async def health():
    return {}

server = _Server(uvicorn.Config(api, port=int(sys.argv[1]), timeout_graceful_shutdown=1))
asyncio.run(server.serve())
"""


def test_a_server_ends_within_three_seconds_though_its_model_hears_nothing():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", _STUCK, str(port)])
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        threading.Thread(target=ask_in_vain, args=(address,)).start()
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        process.wait(3)
    finally:
        process.kill()


def wait_for(address: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{address}/health", trust_env=False).raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(address)


def ask_in_vain(address: str, **body) -> None:
    """Ask, and see the server end or refuse."""
    try:
        if body:
            httpx.post(f"{address}/generate", json=body, trust_env=False, timeout=120)
        else:
            httpx.get(address, trust_env=False, timeout=120)
    except httpx.TransportError:
        return


def test_hostile_requests_hold_up_nobody(deploy, gguf):
    served = deploy(gguf)
    with served.client() as client:
        address = served.row.address
        choices = {f"a{level}": {"anyOf": [{"$ref": f"#/$defs/a{level + 1}"}] * 30} for level in range(14)}
        schema = {"$defs": choices | {"a14": {"type": []}}, "$ref": "#/$defs/a0"}
        form = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
        hostile = [
            {"prompt": "ﷺ" * 1_000_000},
            {"prompt": "中" * 1_000_000},
            {"prompt": "x", "response_format": form},
            {"prompt": "x", **{f"temperatur{number}": 1 for number in range(200_000)}},
        ]
        attacks = [threading.Thread(target=ask_in_vain, args=(address,), kwargs=body) for body in hostile]
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
        assert max(seconds["/generate"]) < 3 and max(seconds["/health"] + seconds["/v1/models"]) < 1, seconds
        for attack in attacks:
            attack.join(10)
        assert not any(attack.is_alive() for attack in attacks)


def test_clients_that_have_gone_leave_their_places_to_others(deploy, gguf):
    served = deploy(gguf)
    body = {"messages": MESSAGES, "stream": True, "temperature": 5, "max_tokens": 1500, "top_p": 1}
    question = json.dumps({"prompt": QUESTION, "max_tokens": 1500, "temperature": 5}).encode()
    with served.client() as client, ExitStack() as connections:
        host = urlsplit(served.row.address)
        request = (
            f"POST /generate HTTP/1.1\r\nHost: {host.netloc}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(question)}\r\n\r\n"
        ).encode() + question
        with client.stream("POST", "/v1/chat/completions", json=body) as response:
            next(response.iter_lines())
            waiting = [
                connections.enter_context(socket.create_connection((host.hostname, host.port))) for _ in range(40)
            ]
            for connection in waiting:
                connection.sendall(request)
            while client.get("/ready").status_code != 503:
                time.sleep(0.02)
            connections.close()
            deadline = time.monotonic() + 3
            while client.get("/ready").status_code != 200:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        began = time.monotonic()
        assert client.post("/generate", json={"prompt": QUESTION, "max_tokens": 5}).status_code == 200
        assert time.monotonic() - began < 3


def test_a_server_ends_when_its_row_says_so(deploy, gguf):
    served = deploy(gguf)
    served.wait(DeploymentState.READY)
    set_desired(served.store, served.id, DesiredState.STOPPED)
    assert served.process.wait(30) == 0
    assert served.row.state == DeploymentState.STOPPED and served.row.process_id is None


def test_a_server_ends_when_another_took_its_place(deploy, gguf):
    served = deploy(gguf)
    served.wait(DeploymentState.READY)
    mark_starting(served.store, served.id, this_process())
    assert served.process.wait(30) == 1
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


def test_a_gguf_with_an_endless_template_costs_one_answer(deploy, gguf, tmp_path):
    data = gguf.read_bytes()
    start = data.index(b"{{- bos_token -}}")
    end = data.index(b"{%- endif -%}", start) + len(b"{%- endif -%}")
    endless = b"{%for a in range(99999)%}{%for b in range(99999)%}{%endfor%}{%endfor%}"
    hostile = tmp_path / "hostile.gguf"
    hostile.write_bytes(data[:start] + endless.ljust(end - start) + data[end:])
    served = deploy(hostile)
    with served.client() as client:
        response = client.post("/generate", json={"prompt": "x"})
        assert response.status_code == 400 and "was stopped" in response.json()["error"]["message"]
        assert client.post("/v1/completions", json={"prompt": "A word", "max_tokens": 3}).status_code == 200
    assert served.process.poll() is None
