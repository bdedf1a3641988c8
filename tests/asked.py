"""A request to an ASGI application as uvicorn passes it on, from a client that can go away in the middle of it."""

import asyncio
import json
from collections.abc import Callable

from tests.waiting import PATIENCE_SECONDS


class Asked:
    """One request under way, to be made in an event loop: a POST of `body` if there is one, else a GET.

    `status`, `headers` and `text` are what has come of the answer so far; `ended` is awaited for the whole. With
    `reads` off the client takes the first piece of the answer and no more.
    """

    def __init__(self, api, path: str, body: dict | None = None, reads: bool = True):
        self._reads = reads
        self.status: int | None = None
        self.headers: dict[bytes, bytes] = {}
        self.text = ""
        content = b"" if body is None else json.dumps(body).encode()
        self._messages = asyncio.Queue()
        self._messages.put_nowait({"type": "http.request", "body": content})
        scope = {
            "type": "http",
            "method": "GET" if body is None else "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
            "asgi": {"spec_version": "2.3"},
        }
        self.ended = asyncio.create_task(api(scope, self._messages.get, self._send))

    async def _send(self, message: dict) -> None:
        self.status = message.get("status", self.status)
        self.headers |= dict(message.get("headers", ()))
        self.text += message.get("body", b"").decode()
        if self.text and not self._reads:
            await asyncio.Event().wait()

    def leave(self) -> None:
        """The client goes away."""
        self._messages.put_nowait({"type": "http.disconnect"})


async def until(holds: Callable[[], object]) -> None:
    """Return once `holds()`. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():
            await asyncio.sleep(0.01)
