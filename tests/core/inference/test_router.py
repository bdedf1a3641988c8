"""The routes of a model server over a real engine: wire formats, equal answers everywhere, limits, lost clients."""

import asyncio
import json
import threading
import time

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from core.inference.engine import Chunk
from core.inference.reranker import Reranker
from core.inference.router import ModelQueue, add_error_handlers, build_router
from core.inference.schemas import SamplingSettings

QUESTION = "What is another word for big?"
SETTINGS = {"temperature": 1.2, "top_p": 0.9, "max_tokens": 30, "seed": 5}


def client_of(engine, *parts) -> TestClient:
    api = FastAPI()
    api.include_router(build_router(engine, *parts))
    add_error_handlers(api)
    return TestClient(api)


@pytest.fixture(scope="module")
def client(llama_engine, cross_encoder):
    return client_of(llama_engine, Reranker(str(cross_encoder), threads=1))


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


def test_a_system_prompt_counts_on_every_route_alike(client):
    parts = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]
    generated = client.post("/generate", json={"prompt": QUESTION, "system": "Be brief.", **SETTINGS}).json()
    chat = client.post("/v1/chat/completions", json={"messages": parts, **SETTINGS}).json()
    assert generated["text"] == chat["choices"][0]["message"]["content"]
    assert generated["usage"] == chat["usage"]


def test_answers_say_how_long_they_took_and_what_they_used(client):
    body = client.post("/generate", json={"prompt": QUESTION, **SETTINGS}).json()
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]
    assert body["finish_reason"] in ("stop", "length")
    assert 0 < body["timing"]["time_to_first_token_s"] < body["timing"]["seconds"]


def test_streams_are_openais(client):
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


def test_a_chat_is_held_to_the_schema_that_openais_clients_send(client):
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


def test_completions_go_on_from_the_text_as_it_stands(client, llama_engine):
    prompt = "Another word for big<|end|>"
    expected = "".join(chunk.text for chunk in llama_engine.generate(prompt, SamplingSettings(**SETTINGS)))
    body = client.post("/v1/completions", json={"prompt": prompt, **SETTINGS}).json()
    stream = client.post("/v1/completions", json={"prompt": prompt, "stream": True, **SETTINGS})
    assert body["object"] == "text_completion"
    assert body["choices"][0]["text"] == "".join(event["choices"][0]["text"] for event in events(stream)) == expected


def test_models_and_health_name_what_is_served(client, llama_engine):
    assert client.get("/v1/models").json()["data"][0]["id"] == llama_engine.label
    health = client.get("/health").json()
    assert health["status"] == "ready" and health["context_length"] == llama_engine.context_length


def test_rerank_orders_by_score(client):
    documents = ["a dog ran", "asthma is a disease of the lungs", "the bank is closed"]
    body = client.post("/rerank", json={"query": "what is asthma", "documents": documents, "top_n": 2}).json()
    scores = [result["score"] for result in body["results"]]
    assert len(scores) == 2 and scores == sorted(scores, reverse=True)
    assert all(documents[result["index"]] == result["document"] for result in body["results"])


def test_without_a_reranker_the_route_says_how_to_have_one(llama_engine):
    response = client_of(llama_engine).post("/rerank", json={"query": "q", "documents": ["d"]})
    assert response.status_code == 503
    assert "--reranker-path" in response.json()["error"]["remedy"]


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/generate", {"prompt": ""}, "prompt"),
        ("/generate", {"prompt": "x", "max_tokens": 0}, "max_tokens"),
        ("/generate", {"prompt": "x", "max_tokens": 1_000_000}, "max_tokens"),
        ("/generate", {"prompt": "x", "temperature": -1}, "temperature"),
        ("/generate", {"prompt": "x", "top_p": -0.1}, "top_p"),
        ("/generate", {"prompt": "x", "stop": ["a"] * 9}, "stop"),
        ("/generate", {"prompt": "word " * 5000}, "reads at most"),
        ("/v1/chat/completions", {"messages": []}, "messages"),
        ("/v1/chat/completions", {"messages": [{"role": "root", "content": "x"}]}, "role"),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "w " * 5000}], "stream": True}, "at most"),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}], "n": 3}, "n is not supported"),
        ("/rerank", {"query": "q", "documents": []}, "documents"),
    ],
)
def test_what_cannot_be_done_is_a_400_in_words(client, path, body, told):
    response = client.post(path, json=body)
    assert response.status_code == 400
    error = response.json()["error"]
    assert told in error["message"] and error["remedy"]


class SlowEngine:
    """Says a number every 20 ms, and remembers how far it got."""

    def __init__(self):
        self.said = 0
        self.closed = threading.Event()
        self.at_once = 0

    def generate(self, prompt, settings):
        self.at_once += 1
        assert self.at_once == 1, "two answers at once"
        try:
            for number in range(200):
                time.sleep(0.02)
                self.said += 1
                yield Chunk(f"{number} ", None, 1, number + 1, 0.02, 0.02 * number)
        finally:
            self.at_once -= 1
            self.closed.set()


class Connection:
    """A client that goes away after `asks` looks at whether it is still there."""

    def __init__(self, asks: int):
        self._asks = asks

    async def is_disconnected(self) -> bool:
        self._asks -= 1
        return self._asks < 0


def test_the_model_stops_when_the_client_goes_away():
    engine = SlowEngine()

    async def ask():
        return [chunk async for chunk in ModelQueue(engine).answer(Connection(5), "x", SamplingSettings())]

    assert len(asyncio.run(ask())) == 5
    assert engine.closed.is_set() and engine.said == 5


def test_requests_take_turns_and_a_cancelled_one_frees_the_model():
    engine = SlowEngine()

    async def ask():
        queue = ModelQueue(engine)

        async def one(pieces: int) -> int:
            return len([chunk async for chunk in queue.answer(Connection(pieces), "x", SamplingSettings())])

        cancelled = asyncio.create_task(one(1000))
        others = [asyncio.create_task(one(3)) for _ in range(3)]
        await asyncio.sleep(0.1)
        cancelled.cancel()
        return await asyncio.gather(*others)

    assert asyncio.run(ask()) == [3, 3, 3]


def test_too_many_waiting_are_told_to_come_again(monkeypatch, llama_engine):
    monkeypatch.setattr("core.inference.router.MOST_WAITING", 0)
    response = client_of(llama_engine).post("/generate", json={"prompt": "x"})
    assert response.status_code == 503 and "again" in response.json()["error"]["remedy"]
