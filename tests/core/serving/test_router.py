"""The routes of a model server over a real engine: wire formats, equal answers everywhere, refusals."""

import json

import pytest
from fastapi.testclient import TestClient

from core.inference.settings import SamplingSettings
from core.serving.reranker import Reranker
from tests.core.serving.model_api import model_api

QUESTION = "What is another word for big?"
SETTINGS = {"temperature": 1.2, "top_p": 0.9, "max_tokens": 30, "seed": 5}


@pytest.fixture(scope="module")
def client(llama_engine, cross_encoder):
    return TestClient(model_api(llama_engine, Reranker(str(cross_encoder), threads=1)))


def events(response) -> list[dict]:
    assert response.status_code == 200, response.text
    lines = [line for line in response.text.split("\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def test_the_same_seed_and_settings_give_the_same_text_on_every_route(client, llama_engine):
    messages = [{"role": "user", "content": QUESTION}]
    text = "".join(chunk.text for chunk in llama_engine.generate(messages, SamplingSettings(**SETTINGS)))
    generated = client.post("/generate", json={"prompt": QUESTION, **SETTINGS}).json()
    chat = client.post("/v1/chat/completions", json={"messages": messages, **SETTINGS}).json()
    stream = client.post("/v1/chat/completions", json={"messages": messages, "stream": True, **SETTINGS})
    deltas = [event["choices"][0]["delta"].get("content", "") for event in events(stream)]
    assert text
    assert generated["text"] == chat["choices"][0]["message"]["content"] == "".join(deltas) == text
    other = client.post("/generate", json={"prompt": QUESTION, **SETTINGS, "seed": 6}).json()
    assert other["text"] != text


def test_a_system_prompt_works_alike_on_every_route(client):
    parts = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]
    generated = client.post("/generate", json={"prompt": QUESTION, "system": "Be brief.", **SETTINGS}).json()
    chat = client.post("/v1/chat/completions", json={"messages": parts, **SETTINGS}).json()
    assert generated["text"] == chat["choices"][0]["message"]["content"]
    assert generated["usage"] == chat["usage"]


def test_answers_report_usage_and_timing(client):
    body = client.post("/generate", json={"prompt": QUESTION, **SETTINGS}).json()
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]
    assert body["finish_reason"] in ("stop", "length")
    assert 0 < body["timing"]["time_to_first_token_s"] < body["timing"]["seconds"]


def test_streams_have_openais_format(client):
    request = {
        "messages": [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}],
        "model": "gpt-whatever", "stream": True, "stream_options": {"include_usage": True},
        "max_completion_tokens": 4, "temperature": 1.5, "seed": 1, "frequency_penalty": 0, "user": "somebody",
    }  # fmt: skip
    response = client.post("/v1/chat/completions", json=request)
    assert response.headers["content-type"].startswith("text/event-stream")
    first, *_, last, usage = events(response)
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert first["object"] == "chat.completion.chunk" and first["id"] == usage["id"]
    assert last["choices"][0]["finish_reason"] == "length" and last["choices"][0]["delta"] == {}
    assert usage["choices"] == [] and usage["usage"]["completion_tokens"] == 4
    assert usage["timing"]["tokens_per_second"] > 0


def test_a_chat_matches_the_schema_that_openais_clients_send(client):
    schema = {"type": "object", "properties": {"word": {"type": "string", "maxLength": 30}}, "required": ["word"]}
    form = {"type": "json_schema", "json_schema": {"name": "word", "strict": True, "schema": schema}}
    body = {"messages": [{"role": "user", "content": QUESTION}], "response_format": form, **SETTINGS}
    answered = client.post("/v1/chat/completions", json=body | {"max_tokens": 60}).json()
    assert list(json.loads(answered["choices"][0]["message"]["content"])) == ["word"]
    stream = events(client.post("/v1/chat/completions", json=body | {"max_tokens": 60, "stream": True}))
    deltas = [event["choices"][0]["delta"].get("content", "") for event in stream]
    assert "".join(deltas) == answered["choices"][0]["message"]["content"]
    schema["properties"]["word"]["pattern"] = "[a-z]+"
    refused = client.post("/v1/chat/completions", json=body)
    assert refused.status_code == 400 and "pattern" in refused.json()["error"]["message"]


def test_completions_continue_the_text_as_it_is(client, llama_engine):
    prompt = "Another word for big<|end|>"
    expected = "".join(chunk.text for chunk in llama_engine.generate(prompt, SamplingSettings(**SETTINGS)))
    body = client.post("/v1/completions", json={"prompt": prompt, **SETTINGS}).json()
    stream = client.post("/v1/completions", json={"prompt": prompt, "stream": True, **SETTINGS})
    assert body["object"] == "text_completion"
    assert body["choices"][0]["text"] == "".join(event["choices"][0]["text"] for event in events(stream)) == expected


def test_models_and_health_name_the_model(client, llama_engine):
    assert client.get("/v1/models").json()["data"][0]["id"] == llama_engine.label
    health = client.get("/health").json()
    assert health["status"] == "ready" and health["context_length"] == llama_engine.context_length


def test_the_model_can_be_looked_up_by_name(client, llama_engine):
    assert client.get(f"/v1/models/{llama_engine.label}").json()["id"] == llama_engine.label
    assert client.get("/v1/models/gpt-9").status_code == 404


def test_rerank_orders_by_score(client):
    documents = ["a dog ran", "asthma is a disease of the lungs", "the bank is closed"]
    body = client.post("/rerank", json={"query": "what is asthma", "documents": documents, "top_n": 2}).json()
    scores = [result["score"] for result in body["results"]]
    assert len(scores) == 2 and scores == sorted(scores, reverse=True)
    assert all(documents[result["index"]] == result["document"] for result in body["results"])


def test_without_a_reranker_the_route_says_how_to_get_one(llama_engine):
    response = TestClient(model_api(llama_engine)).post("/rerank", json={"query": "q", "documents": ["d"]})
    assert response.status_code == 503
    assert "with a reranker" in response.json()["error"]["remedy"]


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("/generate", {"prompt": ""}, "prompt"),
        ("/generate", {"prompt": "x", "max_tokens": 0}, "max_tokens"),
        ("/generate", {"prompt": "x", "max_tokens": 1_000_000}, "max_tokens"),
        ("/generate", {"prompt": "x", "temperature": -1}, "temperature"),
        ("/generate", {"prompt": "x", "top_p": -0.1}, "top_p"),
        ("/generate", {"prompt": "x", "stop": ["a"] * 9}, "stop"),
        ("/generate", {"prompt": "word " * 5000}, "reads at most"),
        ("/generate", {"prompt": "x", "logit_bias": {str(token): 1 for token in range(40_000)}}, "logit_bias"),
        ("/generate", {"prompt": "x", **{f"prompts{number}": 1 for number in range(300)}}, "fields"),
        ("/generate", {"prompt": "x", "logit_bias": {"\ud800": 1, "a" * 100_000: 1}}, "logit_bias"),
        ("/v1/chat/completions", {"messages": []}, "messages"),
        ("/v1/chat/completions", {"messages": [{"role": "root", "content": "x"}]}, "role"),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "w " * 5000}], "stream": True}, "at most"),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}], "n": 3}, "n is not supported"),
        ("/rerank", {"query": "q", "documents": []}, "documents"),
    ],
)
def test_an_unusable_request_is_a_readable_400(client, path, body, problem):
    response = client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    error = response.json()["error"]
    assert problem in error["message"] and error["remedy"]


def test_a_request_beyond_the_queue_is_told_to_try_again(monkeypatch, llama_engine):
    monkeypatch.setattr("core.serving.queue.MOST_WAITING", 0)
    client = TestClient(model_api(llama_engine))
    response = client.post("/generate", json={"prompt": "x"})
    assert response.status_code == 503 and "again" in response.json()["error"]["remedy"]
    assert int(response.headers["Retry-After"]) > 0
    assert client.get("/ready").status_code == 503 and client.get("/health").status_code == 200
