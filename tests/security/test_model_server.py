"""Hostile clients of a model server: their requests are refused, delay nobody and free their places in the queue."""

import json
import socket
import threading
import time
from contextlib import ExitStack, closing, suppress
from select import select
from urllib.parse import urlsplit

import httpx
import pytest

from storage.database import open_store
from storage.settings import Settings
from tests.core.export.doctored import with_endless_template
from tests.waiting import PATIENCE_SECONDS, soon_enough, until
from tests.workers.served import LONG_ANSWER, MESSAGES, QUESTION, Served, ask_in_vain, servers


@pytest.fixture(scope="module")
def deploy(tmp_path_factory):
    """`deploy(model, …)`: a model server that ends with the module."""
    home = tmp_path_factory.mktemp("served") / "workspace"
    with closing(open_store(Settings(home=home))) as store, servers(store) as start:
        yield start


@pytest.fixture(scope="module")
def served(deploy, starter_gguf) -> Served:
    return deploy(starter_gguf("q4_k_m"))


@pytest.fixture(scope="module")
def roomy(deploy, starter_gguf) -> Served:
    """One that reads prompts of 32,768 tokens."""
    return deploy(starter_gguf("q4_k_m"), settings={"context_length": 32_768})


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
def test_a_request_that_would_cost_too_much_is_refused_before_it_does(served, body):
    with served.client() as client:
        began = time.monotonic()
        assert client.post("/generate", json=body).status_code == 400
        assert soon_enough(time.monotonic() - began, 5)


def test_hostile_requests_delay_nobody(served):
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


def test_a_prompt_near_the_limit_has_a_deadline_and_delays_no_other(roomy):
    with roomy.client() as client:
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


def test_clients_that_hang_up_free_their_places_in_the_queue(served):
    body = {"messages": MESSAGES, "stream": True, **LONG_ANSWER}
    question = json.dumps({"prompt": QUESTION, **LONG_ANSWER}).encode()
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


def test_a_client_that_hangs_up_while_its_prompt_is_prepared_frees_its_place_too(roomy):
    with roomy.client() as client:
        with suppress(httpx.ReadTimeout):
            client.post("/generate", json={"prompt": "ﷺ" * 200_000}, timeout=httpx.Timeout(PATIENCE_SECONDS, read=0.5))
        # Large ones are prepared one by one: this one, though quickly done, waits for the other if that is still there.
        began = time.monotonic()
        answer = client.post("/generate", json={"prompt": "= " * 33_000})
        assert soon_enough(time.monotonic() - began, 3)
        assert answer.status_code == 400 and "reads at most" in answer.json()["error"]["message"]


@pytest.mark.long
def test_a_gguf_with_an_endless_template_costs_one_answer_and_delays_no_other(deploy, starter_gguf, tmp_path):
    hostile = tmp_path / "hostile.gguf"
    hostile.write_bytes(with_endless_template(starter_gguf("q4_k_m").read_bytes()))
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
