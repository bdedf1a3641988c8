"""`deploy`: a GGUF gives the same text over every route, reranks, and stops on request."""

import json
import shutil
import signal
import socket
import subprocess

import httpx
import pytest

from app.chat.streaming import stream_chat
from app.chat.suggestions import GENERAL
from app.serve.deployments import deployments
from app.serve.snippets import snippets
from storage.actors import OWNER
from storage.settings import settings
from tests.rest import rest
from tests.studio import free_port, running_studio
from tests.waiting import PATIENCE_SECONDS

QUESTION = "What are the symptoms of asthma?"
SAMPLING = {"temperature": 0.8, "top_p": 0.9, "max_tokens": 24, "seed": 7}
DOCUMENTS = ["the sun is far", "asthma is a disease of the airways", "a dog"]


@pytest.fixture(scope="module")
def deployed(shell, starter_gguf, cross_encoder):
    """The running `deploy` command, and the address it prints."""
    process = shell.start(
        "deploy", "--quantized-model", str(starter_gguf("q4_k_m")), "--reranker-path", str(cross_encoder),
        "--port", str(free_port()), "--json",
    )  # fmt: skip
    yield process, json.loads(process.stdout.readline())["address"]
    process.kill()


@pytest.fixture(scope="module")
def client(deployed):
    with httpx.Client(base_url=deployed[1], trust_env=False, timeout=PATIENCE_SECONDS) as client:
        yield client


def streamed(client: httpx.Client) -> str:
    body = {"messages": [{"role": "user", "content": QUESTION}], "stream": True, **SAMPLING}
    with client.stream("POST", "/v1/chat/completions", json=body) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line.removeprefix("data: ") for line in answer.iter_lines() if line]
    assert lines.pop() == "[DONE]"
    choices = [choice for line in lines for choice in json.loads(line)["choices"]]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


@pytest.mark.long
def test_every_route_gives_the_same_text_for_the_same_seed(shell, client, starter_gguf, typed_here):
    generated = client.post("/generate", json={"prompt": QUESTION, **SAMPLING}).json()["text"]
    assert len(generated) > 20
    assert streamed(client) == generated
    messages = [{"role": "user", "content": QUESTION}]
    chat = stream_chat(OWNER, str(starter_gguf("q4_k_m")), messages, SAMPLING)
    assert "".join(piece.text for piece in chat) == generated
    with running_studio(shell.home, ends_all=False) as studio, studio.client() as through_studio:
        assert through_studio.get("/v1/models").json()["data"][0]["id"].endswith("model-q4_k_m")
        assert through_studio.post("/generate", json={"prompt": QUESTION, **SAMPLING}).json()["text"] == generated
        assert streamed(through_studio) == generated
        ranked = through_studio.post("/rerank", json={"query": QUESTION, "documents": DOCUMENTS}).json()
    assert ranked == client.post("/rerank", json={"query": QUESTION, "documents": DOCUMENTS}).json()


def test_documents_are_ordered_by_their_scores(client):
    results = client.post("/rerank", json={"query": QUESTION, "documents": DOCUMENTS}).json()["results"]
    scores = [result["score"] for result in results]
    assert scores == sorted(scores, reverse=True)
    assert sorted(result["index"] for result in results) == [0, 1, 2]
    assert client.get("/health").json()["reranker"]


@pytest.mark.parametrize("call", ["curl", "JavaScript", "One prompt, without a chat"])
def test_the_snippets_of_the_serve_page_work_when_pasted(client, typed_here, call):
    [served] = deployments(OWNER)
    lines = snippets(OWNER, served)[call][1]
    if call == "JavaScript":
        command = [shutil.which("node") or pytest.skip("there is no node here"), "--input-type=module", "-e", lines]
    else:
        command = [shutil.which("bash"), "-c", lines]
    said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert said.returncode == 0, said.stderr
    if call == "JavaScript":
        answer = said.stdout.removesuffix("\n")
    else:
        told = json.loads(said.stdout)
        answer = told["text"] if "text" in told else told["choices"][0]["message"]["content"]
    body = {"messages": [{"role": "user", "content": GENERAL[0]}], "max_tokens": 128, "seed": 42}
    assert answer == client.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"]


def test_the_python_snippet_asks_the_same_question(client, typed_here):
    [served] = deployments(OWNER)
    lines = snippets(OWNER, served)["Python"][1]
    compile(lines, "snippet", "exec")
    assert f'base_url="{served.address}/v1"' in lines and f'"content": "{GENERAL[0]}"' in lines


def test_ctrl_c_stops_it_and_frees_the_port(deployed, client):
    process, _ = deployed
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert "Traceback" not in err
    with pytest.raises(httpx.TransportError):
        client.get("/health")


def test_a_port_in_use_is_refused(shell, starter_gguf):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = shell.run("deploy", "--quantized-model", str(starter_gguf("q4_k_m")), "--port", str(port))
    assert ended.returncode == 1
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "Choose another port" in ended.stderr


def test_a_deployment_beyond_the_limit_is_refused_with_a_remedy_and_leaves_no_secret(here, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_DEPLOYMENTS_LIMIT", "1")
    settings.cache_clear()
    client = rest()
    assert client.post("/api/deployments", json={"model": "starter", "port": 0}).status_code == 201
    secrets = list((here / "secrets").iterdir())
    refused = client.post("/api/deployments", json={"model": "starter", "port": 0})
    assert refused.status_code == 429
    assert "TUNEWRIGHT_DEPLOYMENTS_LIMIT" in refused.json()["error"]["remedy"]
    assert list((here / "secrets").iterdir()) == secrets
