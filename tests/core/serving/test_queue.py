"""Sharing one model: turns, time slices, clients that disconnect, a stuck model."""

import asyncio
import json
import threading
import time

import pytest

from core.inference.engine import Chunk
from core.inference.prompts.prompter import Prepared
from tests.asked import Asked, until
from tests.core.serving.model_api import model_api
from tests.waiting import PATIENCE_SECONDS


class SlowEngine:
    """Generates a number every 20 ms and counts them. `step` is the work for each."""

    label, context_length = "slow", 100

    def __init__(self, step=lambda: time.sleep(0.02)):
        self.generated = self.at_once = self.in_progress = 0
        self.step = step

    def check(self, prompt, response_format, must_call):
        """Every request is fine."""

    async def prepare(self, *asked, **tools):
        return Prepared([1])

    def answer(self, prepared, settings):
        self.in_progress += 1
        try:
            for number in range(settings.max_tokens):
                self.at_once += 1
                assert self.at_once == 1, "two answers at once"
                self.step()
                self.at_once -= 1
                self.generated += 1
                yield Chunk(f"{number} ", None, 1, number + 1, 0.02, 0.02 * number)
            yield Chunk("", "length", 1, settings.max_tokens, 0.02, 1.0)
        finally:
            self.in_progress -= 1


def ask_of(api):
    """A function that requests an answer of `api`, within an event loop."""
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
def test_the_model_stops_when_the_client_disconnects(path, body):
    async def leave():
        engine = SlowEngine()
        asked = ask_of(model_api(engine, prepare=engine.prepare))(path, **body, max_tokens=MANY)
        await until(lambda: engine.generated > 3)
        asked.leave()
        await asyncio.wait_for(asked.ended, PATIENCE_SECONDS)
        await until(lambda: not engine.in_progress)
        return engine.generated

    assert asyncio.run(leave()) < MANY / 2


def test_a_disconnected_client_frees_its_place_whether_queued_or_being_prepared(monkeypatch):
    monkeypatch.setattr("core.serving.queue.MOST_WAITING", 2)
    monkeypatch.setattr("core.serving.queue.MOST_ACTIVE", 1)

    async def leave():
        engine, preparing = SlowEngine(), asyncio.Event()

        async def prepare(length, prompt, *asked, **tools):
            if prompt[0]["content"] == "long":
                preparing.set()
                await asyncio.sleep(3600)
            return Prepared([1])

        ask = ask_of(model_api(engine, prepare=prepare))
        served = ask(max_tokens=100)
        await until(lambda: engine.generated)
        waiting, being_prepared = ask(max_tokens=1), ask(prompt="long")
        await preparing.wait()
        refused = ask()
        await refused.ended
        assert refused.status == 503 and refused.headers[b"retry-after"] == b"5"
        for gone in (waiting, being_prepared):
            gone.leave()
            await asyncio.wait_for(gone.ended, PATIENCE_SECONDS)
        others = [ask(max_tokens=3) for _ in range(2)]
        await asyncio.gather(served.ended, *(other.ended for other in others))
        return [served.status, *(other.status for other in others)]

    assert asyncio.run(leave()) == [200, 200, 200]


def test_a_stuck_model_shows_in_health_while_other_routes_answer(monkeypatch):
    monkeypatch.setattr("core.serving.queue.STUCK_SECONDS", 0.2)

    async def look():
        unblock = threading.Event()
        engine = SlowEngine(unblock.wait)
        api = model_api(engine, prepare=engine.prepare)
        paths = ("/health", "/ready", "/v1/models")

        async def statuses() -> list[int]:
            asked = [Asked(api, path) for path in paths]
            await asyncio.wait_for(asyncio.gather(*(one.ended for one in asked)), PATIENCE_SECONDS)
            return [one.status for one in asked]

        before = await statuses()
        stuck = ask_of(api)(max_tokens=2)
        await until(lambda: engine.in_progress)
        await asyncio.sleep(0.3)
        during = await statuses()
        unblock.set()
        await stuck.ended
        return before, during, await statuses()

    assert asyncio.run(look()) == ([200, 200, 200], [503, 503, 200], [200, 200, 200])


def test_a_long_answer_lets_short_ones_in_between(monkeypatch):
    monkeypatch.setattr("core.serving.queue.SLICE_SECONDS", 0.1)

    async def all_at_once():
        engine = SlowEngine()
        ask = ask_of(model_api(engine, prepare=engine.prepare))
        long = [ask(max_tokens=100) for _ in range(2)]
        await until(lambda: engine.generated > 2)
        short = ask(max_tokens=3)
        await asyncio.wait_for(short.ended, PATIENCE_SECONDS)
        assert not any(one.ended.done() for one in long)
        await asyncio.gather(*(one.ended for one in long))
        return [len(json.loads(one.text)["text"].split()) for one in (short, *long)]

    assert asyncio.run(all_at_once()) == [3, 100, 100]


def test_a_client_that_does_not_read_its_stream_does_not_hold_the_model():
    async def all_at_once():
        engine = SlowEngine()
        api = model_api(engine, prepare=engine.prepare)
        silent = Asked(api, "/v1/completions", {"prompt": "x", "stream": True, "max_tokens": 5}, reads=False)
        await until(lambda: silent.text)
        other = ask_of(api)(max_tokens=3)
        await asyncio.wait_for(other.ended, PATIENCE_SECONDS)
        assert not silent.ended.done()
        silent.leave()
        await asyncio.wait_for(silent.ended, PATIENCE_SECONDS)
        return other.status

    assert asyncio.run(all_at_once()) == 200


def test_requests_take_turns():
    async def all_at_once():
        engine = SlowEngine()
        ask = ask_of(model_api(engine, prepare=engine.prepare))
        asked = [ask(max_tokens=3) for _ in range(4)]
        await asyncio.gather(*(one.ended for one in asked))
        return [json.loads(one.text)["text"] for one in asked]

    assert asyncio.run(all_at_once()) == ["0 1 2 "] * 4
