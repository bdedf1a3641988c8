"""The routes of a model server over a real engine: wire formats, equal answers everywhere, limits, lost clients."""

import asyncio
import json
import threading
import time

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from core.inference.engine import Chunk
from core.inference.prompts.prompter import Prepared
from core.inference.settings import SamplingSettings
from core.serving.reranker import Reranker
from core.serving.router import add_error_handlers, build_router
from tests.asked import Asked, until
from tests.core.inference.preparing import prepared_here
from tests.waiting import PATIENCE_SECONDS

QUESTION = "What is another word for big?"
SETTINGS = {"temperature": 1.2, "top_p": 0.9, "max_tokens": 30, "seed": 5}


def client_of(engine, *parts) -> TestClient:
    return TestClient(api_of(engine, prepared_here(engine), *parts))


def api_of(engine, prepare, *parts) -> FastAPI:
    api = FastAPI()
    api.include_router(build_router(engine, prepare, *parts))
    add_error_handlers(api)
    return api


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
    assert "with a reranker" in response.json()["error"]["remedy"]


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
def test_what_cannot_be_done_is_a_400_in_words(client, path, body, told):
    response = client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    error = response.json()["error"]
    assert told in error["message"] and error["remedy"]


class SlowEngine:
    """Says a number every 20 ms, and remembers how far it got. `step` is what each takes."""

    label, context_length = "slow", 100

    def __init__(self, step=lambda: time.sleep(0.02)):
        self.said = self.at_once = self.under_way = 0
        self.step = step

    def check(self, prompt, response_format, must_call):
        """It says what it says."""

    async def prepare(self, *asked, **tools):
        return Prepared([1])

    def answer(self, prepared, settings):
        self.under_way += 1
        try:
            for number in range(settings.max_tokens):
                self.at_once += 1
                assert self.at_once == 1, "two answers at once"
                self.step()
                self.at_once -= 1
                self.said += 1
                yield Chunk(f"{number} ", None, 1, number + 1, 0.02, 0.02 * number)
            yield Chunk("", "length", 1, settings.max_tokens, 0.02, 1.0)
        finally:
            self.under_way -= 1


def ask_of(api):
    """Asks `api` for an answer, from within an event loop."""
    return lambda path="/generate", **body: Asked(api, path, {"prompt": "x", **body})


MANY = 2000
"""Tokens that take forty seconds."""


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/generate", {}),
        ("/v1/completions", {"stream": True}),
        ("/v1/chat/completions", {"prompt": "", "messages": [{"role": "user", "content": "x"}]}),
    ],
)
def test_the_model_stops_when_the_client_goes_away(path, body):
    async def leave():
        engine = SlowEngine()
        asked = ask_of(api_of(engine, engine.prepare))(path, **body, max_tokens=MANY)
        await until(lambda: engine.said > 3)
        asked.leave()
        await asyncio.wait_for(asked.ended, PATIENCE_SECONDS)
        await until(lambda: not engine.under_way)
        return engine.said

    assert asyncio.run(leave()) < MANY / 2


def test_a_client_that_has_gone_frees_its_place_in_the_queue_and_at_the_desk(monkeypatch):
    monkeypatch.setattr("core.serving.queue.MOST_WAITING", 2)
    monkeypatch.setattr("core.serving.queue.MOST_BEGUN", 1)

    async def leave():
        engine, preparing = SlowEngine(), asyncio.Event()

        async def prepare(length, prompt, *asked, **tools):
            if prompt[0]["content"] == "long":
                preparing.set()
                await asyncio.sleep(3600)
            return Prepared([1])

        ask = ask_of(api_of(engine, prepare))
        served = ask(max_tokens=100)
        await until(lambda: engine.said)
        waiting, at_the_desk = ask(max_tokens=1), ask(prompt="long")
        await preparing.wait()
        refused = ask()
        await refused.ended
        assert refused.status == 503 and refused.headers[b"retry-after"] == b"5"
        for gone in (waiting, at_the_desk):
            gone.leave()
            await asyncio.wait_for(gone.ended, PATIENCE_SECONDS)
        others = [ask(max_tokens=3) for _ in range(2)]
        await asyncio.gather(served.ended, *(other.ended for other in others))
        return [served.status, *(other.status for other in others)]

    assert asyncio.run(leave()) == [200, 200, 200]


def test_a_stuck_model_is_told_while_everything_else_answers(monkeypatch):
    monkeypatch.setattr("core.serving.queue.STUCK_SECONDS", 0.2)

    async def look():
        let_go = threading.Event()
        engine = SlowEngine(let_go.wait)
        api = api_of(engine, engine.prepare)
        paths = ("/health", "/ready", "/v1/models")

        async def statuses() -> list[int]:
            asked = [Asked(api, path) for path in paths]
            await asyncio.wait_for(asyncio.gather(*(one.ended for one in asked)), PATIENCE_SECONDS)
            return [one.status for one in asked]

        before = await statuses()
        stuck = ask_of(api)(max_tokens=2)
        await until(lambda: engine.under_way)
        await asyncio.sleep(0.3)
        during = await statuses()
        let_go.set()
        await stuck.ended
        return before, during, await statuses()

    assert asyncio.run(look()) == ([200, 200, 200], [503, 503, 200], [200, 200, 200])


def test_a_long_answer_lets_short_ones_go_between(monkeypatch):
    monkeypatch.setattr("core.serving.queue.SLICE_SECONDS", 0.1)

    async def all_at_once():
        engine = SlowEngine()
        ask = ask_of(api_of(engine, engine.prepare))
        long = [ask(max_tokens=100) for _ in range(2)]
        await until(lambda: engine.said > 2)
        short = ask(max_tokens=3)
        await asyncio.wait_for(short.ended, PATIENCE_SECONDS)
        assert not any(one.ended.done() for one in long)
        await asyncio.gather(*(one.ended for one in long))
        return [len(json.loads(one.text)["text"].split()) for one in (short, *long)]

    assert asyncio.run(all_at_once()) == [3, 100, 100]


def test_a_client_that_does_not_read_its_stream_holds_no_model():
    async def all_at_once():
        engine = SlowEngine()
        api = api_of(engine, engine.prepare)
        deaf = Asked(api, "/v1/completions", {"prompt": "x", "stream": True, "max_tokens": 5}, reads=False)
        await until(lambda: deaf.text)
        other = ask_of(api)(max_tokens=3)
        await asyncio.wait_for(other.ended, PATIENCE_SECONDS)
        assert not deaf.ended.done()
        deaf.leave()
        await asyncio.wait_for(deaf.ended, PATIENCE_SECONDS)
        return other.status

    assert asyncio.run(all_at_once()) == 200


def test_requests_take_turns():
    async def all_at_once():
        engine = SlowEngine()
        ask = ask_of(api_of(engine, engine.prepare))
        asked = [ask(max_tokens=3) for _ in range(4)]
        await asyncio.gather(*(one.ended for one in asked))
        return [json.loads(one.text)["text"] for one in asked]

    assert asyncio.run(all_at_once()) == ["0 1 2 "] * 4


def test_too_many_waiting_are_told_to_come_again(monkeypatch, llama_engine):
    monkeypatch.setattr("core.serving.queue.MOST_WAITING", 0)
    client = client_of(llama_engine)
    response = client.post("/generate", json={"prompt": "x"})
    assert response.status_code == 503 and "again" in response.json()["error"]["remedy"]
    assert int(response.headers["Retry-After"]) > 0
    assert client.get("/ready").status_code == 503 and client.get("/health").status_code == 200
