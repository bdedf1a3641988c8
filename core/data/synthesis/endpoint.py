"""Asks an OpenAI-compatible server, with retries and backoff."""

import asyncio
import json
import random
from collections.abc import Sequence
from contextlib import suppress

from core.data.synthesis.allowed import SETTING
from core.data.synthesis.connection import Connection, Server
from core.errors import InputError, UnavailableError

_MOST_TRIES = 7
_LONGEST_WAIT_SECONDS = 60
_BUSY = (408, 409, 425, 429)
_TOO_LONG = ("context length", "context_length", "context size", "reads at most", "too long", "too many tokens")


_OF_ONE_QUESTION = (400, 413, 422)
"""Statuses with which servers refuse what is asked, rather than who asks."""


class RefusedError(InputError):
    """The server refuses this question; it may answer others."""


class TooLongError(RefusedError):
    """The question exceeds the context length of the server's model."""


class Endpoint:
    """A server at one address, as an asynchronous context."""

    def __init__(self, spec: Server, named: Sequence[str] = ()):
        """`named` are the addresses that the owner has named: these may be asked and shown the key. Servers on this
        machine may always be asked, without the key.

        Raises InputError for any other address, and for an invalid key name.
        """
        self._spec = spec
        self._connection = Connection(spec, named)
        self._body = {
            "model": spec.model,
            "temperature": spec.temperature,
            "max_tokens": spec.max_new_tokens,
        }
        self._left_out: set[str] = set()
        """Parameters that this server does not accept."""

    async def __aenter__(self) -> "Endpoint":
        await self._connection.__aenter__()
        return self

    async def __aexit__(self, *error) -> None:
        await self._connection.__aexit__(*error)

    async def ask(self, question: str | list[dict], schema: dict | None, seed: int, tools: Sequence[dict] = ()) -> dict:
        """The server's answer to a question or to chat messages, as JSON of `schema` if there is one.

        Retries when the server is busy or away; omits parameters that it does not accept. Raises UnavailableError when
        it stays away, RefusedError for this question alone, another InputError when it refuses all.
        """
        tries, left_out = 0, set(self._left_out)
        while True:
            body = self._request(question, schema, seed, tools, left_out)
            status, answer, wait_seconds = await self._connection.send(body)
            if status == 200:
                self._left_out |= left_out
                return self._read(answer)
            if status == 400 and (disliked := _disliked(answer, body)):
                left_out.add(disliked)
                continue
            if status and status not in _BUSY and status < 500:
                raise self._refusal(status, answer)
            tries += 1
            if tries == _MOST_TRIES:
                raise UnavailableError(
                    f"{self._spec.endpoint} did not answer after {_MOST_TRIES} tries: {self._words(answer)}.",
                    "Start the same job again later: what was written so far is kept, and nothing is asked for twice.",
                )
            await asyncio.sleep(_backoff(tries, wait_seconds))

    def _request(
        self, question: str | list[dict], schema: dict | None, seed: int, tools: Sequence[dict], left_out: set[str]
    ) -> dict:
        messages = [{"role": "user", "content": question}] if isinstance(question, str) else question
        body = self._body | {"messages": messages, "seed": seed}
        if schema:
            form = {"name": "examples", "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        if tools:
            body["tools"] = list(tools)
        if "max_tokens" in left_out:  # OpenAI's newer models use another name
            body["max_completion_tokens"] = body["max_tokens"]
        return {name: value for name, value in body.items() if name not in left_out}

    def _refusal(self, status: int, answer: bytes) -> InputError:
        said = self._words(answer) or f"status {status}"
        kind = RefusedError if status in _OF_ONE_QUESTION else InputError
        if any(words in said.lower() for words in _TOO_LONG):
            kind = TooLongError
        remedy = "Check the address, the model's name and the key in the environment."
        if status == 401 and not self._connection.gets_key:
            parts = self._connection.parts
            remedy = f"No key was sent: add {parts.scheme}://{parts.netloc} to {SETTING} if this server may have it."
        return kind(f"{self._spec.endpoint} refuses: {said}.", remedy)

    def _read(self, answer: bytes) -> dict:
        try:
            value = json.loads(answer)
        except ValueError:
            value = None
        if not isinstance(value, dict) or not isinstance(value.get("choices"), list):
            raise InputError(
                f"{self._spec.endpoint} does not answer like OpenAI's API.",
                "Give the base address, such as http://127.0.0.1:8000/v1.",
            )
        return value

    def _words(self, answer: bytes) -> str:
        """The server's error message, without the key if it repeats that."""
        said = answer.decode(errors="replace")
        with suppress(ValueError, KeyError, TypeError):  # some servers answer in plain text
            error = json.loads(said)["error"]
            said = error["message"] if isinstance(error, dict) else str(error)
        if self._connection.key:
            said = said.replace(self._connection.key, "…")
        return " ".join(str(said).split())[:300].rstrip(".")


def said_in(answer: dict) -> tuple[str, str | None]:
    """The text of a server's answer, and why it ended there. Text in parts is joined; what is in another form is empty.

    Some servers send a list of parts: `[{"type": "text", "text": "…"}]`.
    """
    choice = next(iter(answer["choices"]), None)
    message = choice.get("message") if isinstance(choice, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text")
        content = "".join(text for text in texts if isinstance(text, str))
    return (content if isinstance(content, str) else ""), choice.get("finish_reason") if message else None


def _disliked(answer: bytes, body: dict) -> str | None:
    """The parameter of `body` that the server did not accept: the one its message names, or else the schema."""
    said = answer.decode(errors="replace")
    named = [name for name in ("max_tokens", "temperature", "seed") if f"'{name}'" in said]
    return next((name for name in (*named, "response_format") if name in body), None)


def _backoff(tries: int, asked_seconds: float | None) -> float:
    """Seconds before the next try: what the server asks for, or exponential backoff with jitter."""
    if asked_seconds is not None:
        return min(asked_seconds, _LONGEST_WAIT_SECONDS)
    return min(2 ** (tries - 1) * random.uniform(0.5, 1), _LONGEST_WAIT_SECONDS)
