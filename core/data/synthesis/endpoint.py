"""Asks an OpenAI-compatible server, and no other machine than the one that the studio's owner has named.

The address is resolved once and kept; redirects are not followed; no proxy stands between. The key comes from the
environment, goes into one header, and into no message, log or file.
"""

import asyncio
import ipaddress
import json
import logging
import os
import random
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress

import httpx

from core.data.synthesis.allowed import SETTING, checked_address, checked_key_name, is_named
from core.errors import InputError, UnavailableError
from core.listening import is_loopback
from core.specs import SynthesizeSpec

_MOST_TRIES = 7
_LONGEST_WAIT_SECONDS = 60
_MOST_ANSWER_BYTES = 8 << 20
_TIMEOUT = httpx.Timeout(300, connect=10)
_LONGEST_ANSWER_SECONDS = 600
_BUSY = (408, 409, 425, 429)
_TOO_LONG = ("context length", "context_length", "context size", "reads at most", "too long", "too many tokens")


logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each of thousands of questions tells nobody anything


class TooLongError(InputError):
    """The question is longer than the model behind the address can read."""


class Endpoint:
    """A server under one address, as an asynchronous context."""

    def __init__(self, spec: SynthesizeSpec, named: Sequence[str] = ()):
        """`named` are the addresses that the owner lets the studio ask and show the key; this machine's others are
        asked without it.

        Raises InputError for any other, for one that cannot be used, and when the key is not where `spec` says.
        """
        self._parts = checked_address(spec.endpoint, named)
        self._spec = spec
        variable = checked_key_name(spec.api_key_env)
        self._gets_key = is_named(self._parts, named)
        self._key = os.environ.get(variable, "").strip() if self._gets_key else ""
        self._body = {
            "model": spec.model,
            "temperature": spec.temperature,
            "max_tokens": spec.max_new_tokens,
        }
        self._left_out: set[str] = set()
        """What this server does not take."""

    async def __aenter__(self) -> "Endpoint":
        parts = self._parts
        address = await _resolved(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        host = f"[{address}]" if ":" in address else address
        port = f":{parts.port}" if parts.port else ""
        self._url = f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}/chat/completions"
        headers = {"Host": parts.netloc, "Accept-Encoding": "identity"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        self._stack = AsyncExitStack()
        self._client = await self._stack.enter_async_context(
            httpx.AsyncClient(
                headers=headers,
                timeout=_TIMEOUT,
                trust_env=False,
                follow_redirects=False,
                verify=parts.scheme == "https",  # plain HTTP needs no certificates, which take long to load
            )  # fmt: skip
        )
        return self

    async def __aexit__(self, *_error) -> None:
        await self._stack.aclose()

    async def ask(self, question: str, schema: dict, seed: int) -> dict:
        """The server's answer. Waits and tries again when it is busy or away; leaves out what it does not take.

        Raises UnavailableError when it stays away, TooLongError or another InputError when it refuses.
        """
        tries, left_out = 0, set(self._left_out)
        while True:
            status, answer, wait_seconds = await self._send(self._request(question, schema, seed, left_out))
            if status == 200:
                self._left_out |= left_out
                return self._read(answer)
            if status == 400 and (disliked := _disliked(answer, left_out)):
                left_out.add(disliked)
                continue
            if status and status not in _BUSY and status < 500:
                raise self._refusal(status, answer)
            tries += 1
            if tries == _MOST_TRIES:
                raise UnavailableError(
                    f"{self._spec.endpoint} did not answer {_MOST_TRIES} times: {self._words(answer)}.",
                    "Start the same again later: what was written so far is kept and not asked for again.",
                )
            await asyncio.sleep(_patience(tries, wait_seconds))

    def _request(self, question: str, schema: dict, seed: int, left_out: set[str]) -> dict:
        form = {"name": "examples", "strict": True, "schema": schema}
        body = self._body | {
            "messages": [{"role": "user", "content": question}],
            "seed": seed,
            "response_format": {"type": "json_schema", "json_schema": form},
        }
        if "max_tokens" in left_out:  # OpenAI's newer models know it by another name
            body["max_completion_tokens"] = body["max_tokens"]
        return {name: value for name, value in body.items() if name not in left_out}

    def _refusal(self, status: int, answer: bytes) -> InputError:
        said = self._words(answer) or f"status {status}"
        kind = TooLongError if any(words in said.lower() for words in _TOO_LONG) else InputError
        remedy = "Check the address, the model's name and the key in the environment."
        if status == 401 and not self._gets_key:
            remedy = (
                f"No key was shown: name {self._parts.scheme}://{self._parts.netloc} in {SETTING} if it may have one."
            )
        return kind(f"{self._spec.endpoint} refuses: {said}.", remedy)

    async def _send(self, body: dict) -> tuple[int, bytes, float | None]:
        """Status (0: no answer), body or what went wrong, and how long the server asks us to wait."""
        extensions = {"sni_hostname": self._parts.hostname} if self._parts.scheme == "https" else {}
        request = self._client.build_request("POST", self._url, json=body, extensions=extensions)
        try:
            async with asyncio.timeout(_LONGEST_ANSWER_SECONDS):
                response = await self._client.send(request, stream=True)
                try:
                    answer = await self._whole(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            return 0, (str(error) or type(error).__name__).encode(), None
        wait = response.headers.get("retry-after", "")
        return response.status_code, answer, float(wait) if wait.isdecimal() else None

    async def _whole(self, response: httpx.Response) -> bytes:
        answer = b""
        async for piece in response.aiter_bytes():
            answer += piece
            if len(answer) > _MOST_ANSWER_BYTES:
                raise InputError(f"{self._spec.endpoint} answers without end.", "Check the address.")
        return answer

    def _read(self, answer: bytes) -> dict:
        try:
            value = json.loads(answer)
        except ValueError:
            value = None
        if not isinstance(value, dict) or not isinstance(value.get("choices"), list):
            raise InputError(
                f"{self._spec.endpoint} does not answer as OpenAI's API does.",
                "Give the base address, such as http://127.0.0.1:8000/v1.",
            )
        return value

    def _words(self, answer: bytes) -> str:
        """What the server said, without the key, should it have repeated it."""
        said = answer.decode(errors="replace")
        with suppress(ValueError, KeyError, TypeError):  # some say it in plain words
            error = json.loads(said)["error"]
            said = error["message"] if isinstance(error, dict) else str(error)
        if self._key:
            said = said.replace(self._key, "…")
        return " ".join(str(said).split())[:300].rstrip(".")


def _disliked(answer: bytes, left_out: set[str]) -> str | None:
    """What a refused request may have held that the server does not take: what it names, or else the schema."""
    said = answer.decode(errors="replace")
    named = [name for name in ("max_tokens", "temperature", "seed") if f"'{name}'" in said]
    return next((name for name in (*named, "response_format") if name not in left_out), None)


async def _resolved(host: str, port: int) -> str:
    """The one address that is asked from now on."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UnavailableError(f"{host} cannot be found: {error.strerror}.", "Check the address.") from error
    address = found[0][4][0]
    if is_loopback(host) and not ipaddress.ip_address(address).is_loopback:
        raise InputError(f"{host} is not this machine.", "Name it by 127.0.0.1.")
    return address


def _patience(tries: int, asked_seconds: float | None) -> float:
    """Seconds before the next try: what the server asks for, or twice as long each time, a little apart from others."""
    if asked_seconds is not None:
        return min(asked_seconds, _LONGEST_WAIT_SECONDS)
    return min(2 ** (tries - 1) * random.uniform(0.5, 1), _LONGEST_WAIT_SECONDS)
