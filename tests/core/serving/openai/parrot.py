"""What tests of OpenAI's wire format share: an engine that repeats a text, and requests to it."""

import json

from fastapi.testclient import TestClient

from core.inference.engine import Chunk
from core.inference.prompts.prompter import Prepared
from tests.core.serving.model_api import model_api

USER = [{"role": "user", "content": "How is the sky in Rome?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": None,
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
    },
}
CALL = {"id": "a", "type": "function", "function": {"name": "weather", "arguments": '{"town": "Rome"}'}}


class Parrot:
    """An engine that gives everyone the same answer, a character at a time, and remembers the request."""

    label, context_length = "parrot", 100

    def __init__(self, text: str, finish_reason: str = "stop"):
        self.text, self.finish_reason = text, finish_reason

    def check(self, prompt, response_format, must_call):
        """Every request is fine."""

    def prepared(self, prompt, system, response_format, tools=(), must_call=()):
        self.prompt, self.tools = prompt, tools
        return Prepared([1])

    def answer(self, prepared, settings):
        self.settings = settings
        yield from (Chunk(character, None, 1, 1, 0.1, 0.2) for character in self.text)
        yield Chunk("", self.finish_reason, 1, 1, 0.1, 0.2)


def ask(engine, path="/v1/chat/completions", **body):
    """The response to a request; a chat has a model and messages by default."""
    if path.endswith("chat/completions"):
        body = {"model": "any", "messages": USER} | body
    client = TestClient(model_api(engine))
    return client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})


def streamed(engine, **body) -> list[dict]:
    """The choices of a streamed answer."""
    lines = ask(engine, stream=True, **body).text.split("\n\n")
    return [json.loads(line.removeprefix("data: "))["choices"][0] for line in lines if line.startswith("data: {")]
