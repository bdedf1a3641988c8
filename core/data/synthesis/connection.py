"""A connection to one server: its address is resolved once, redirects and proxies are not followed.

The key comes from the environment. It goes into one header, and never into a message, log or file.
"""

import asyncio
import ipaddress
import logging
import os
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Protocol

import httpx

from core.data.synthesis.allowed import checked_address, checked_key_name, is_named
from core.errors import InputError, UnavailableError
from core.listening import is_loopback

_MOST_ANSWER_BYTES = 8 << 20
_TIMEOUT = httpx.Timeout(300, connect=10)
_LONGEST_ANSWER_SECONDS = 600

logging.getLogger("httpx").setLevel(logging.WARNING)  # otherwise it logs a line for each of thousands of requests


class Server(Protocol):
    """Which server is asked, and how: what a spec says of one."""

    endpoint: str | None
    """Base URL of an OpenAI-compatible API."""
    model: str
    api_key_env: str
    """The environment variable with the key."""
    temperature: float
    max_new_tokens: int


@dataclass(frozen=True)
class NamedServer:
    """A `Server` for whoever has no spec that is one."""

    endpoint: str
    model: str
    api_key_env: str
    temperature: float = 0.0
    max_new_tokens: int = 256


class Connection:
    """An asynchronous context in which requests can be sent."""

    def __init__(self, spec: Server, named: Sequence[str]):
        """Raises InputError for an address that may not be asked, and for an invalid key name."""
        self.parts = checked_address(spec.endpoint, named)
        self.endpoint = spec.endpoint
        variable = checked_key_name(spec.api_key_env)
        self.gets_key = is_named(self.parts, named)
        self.key = os.environ.get(variable, "").strip() if self.gets_key else ""

    async def __aenter__(self) -> "Connection":
        parts = self.parts
        address = await _resolved(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        host = f"[{address}]" if ":" in address else address
        port = f":{parts.port}" if parts.port else ""
        self._url = f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}/chat/completions"
        headers = {"Host": parts.netloc, "Accept-Encoding": "identity"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        self._stack = AsyncExitStack()
        self._client = await self._stack.enter_async_context(
            httpx.AsyncClient(
                headers=headers,
                timeout=_TIMEOUT,
                trust_env=False,
                follow_redirects=False,
                verify=parts.scheme == "https",  # plain HTTP needs no certificates, which take long to load
            )
        )
        return self

    async def __aexit__(self, *_error) -> None:
        await self._stack.aclose()

    async def send(self, body: dict) -> tuple[int, bytes, float | None]:
        """The status (0 if there was no answer), the body or the error, and how long the server asks us to wait."""
        extensions = {"sni_hostname": self.parts.hostname} if self.parts.scheme == "https" else {}
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
                raise InputError(f"{self.endpoint} sent an answer without end.", "Check the address.")
        return answer


async def _resolved(host: str, port: int) -> str:
    """The IP address to connect to. Resolved once, so that a later DNS answer cannot lead elsewhere."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UnavailableError(f"{host} cannot be found: {error.strerror}.", "Check the address.") from error
    address = found[0][4][0]
    if is_loopback(host) and not ipaddress.ip_address(address).is_loopback:
        raise InputError(f"{host} is not this machine.", "Use 127.0.0.1 instead.")
    return address
