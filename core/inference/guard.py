"""Which hosts and pages may talk to a server of ours, and how much at once. Plain ASGI: it covers WebSockets too.

Binding to loopback does not keep web pages out: a page of a stranger can send requests to 127.0.0.1, and a name of a
stranger can be made to resolve to it. So every request must name this machine as its host, and a request sent by a
page must come from a page of this very server. Light: imports no framework.
"""

import ipaddress
import json
import re
import socket
from urllib.parse import urlsplit

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(?:(?P<name>[a-z0-9_.-]+)|\[(?P<address>[0-9a-f:.]+)\])(?::[0-9]{1,5})?")
"""A `Host` header: no person, no path, nothing that two readers could read as two hosts."""


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` can be reached from this machine only."""
    return host.lower() in LOOPBACK_NAMES


class Guard:
    """Lets through what names an allowed host and has no origin or our own; answers the rest with 403.

    `host` is what the server is bound to. Beyond loopback, any address in numbers is this machine's (only a name can
    be made to point elsewhere), and so are its own name and `names`.
    """

    def __init__(self, app, host: str, names: frozenset[str] = frozenset()):
        self._app = app
        self._is_local = is_loopback(host)
        self._names = LOOPBACK_NAMES | {name.lower() for name in names}
        if not self._is_local:
            self._names |= {host.lower(), socket.gethostname().lower()}

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] in ("http", "websocket") and (problem := self._problem(scope["headers"])):
            await _refuse(scope, send, 403, problem, "Open it by the address that it printed when it started.")
        else:
            await self._app(scope, receive, send)

    def _problem(self, headers: list[tuple[bytes, bytes]]) -> str | None:
        """Why a request is refused; None if it is not."""
        hosts = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return f"This server is not called {', '.join(hosts)[:100] or 'nothing'}."
        origins = [value.decode("latin-1").lower() for name, value in headers if name == b"origin"]
        if any(_netloc(origin) != hosts[0] for origin in origins):
            return f"Pages of {', '.join(origins)[:100]} may not use this server."
        return None

    def _is_ours(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        name = found and (found["name"] or found["address"])
        return bool(name) and (name in self._names or (not self._is_local and _is_address(name)))


class BodyLimit:
    """Refuses a request whose body is announced, or turns out, to be longer than `limit_bytes`."""

    def __init__(self, app, limit_bytes: int):
        self._app = app
        self._limit_bytes = limit_bytes

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._limit_bytes:
            await _refuse(scope, send, 413, "This request is too large.", "Send less.")
            return
        received = 0

        async def counted() -> dict:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit_bytes:  # sent in pieces of unannounced length
                return {"type": "http.disconnect"}
            return message

        await self._app(scope, counted, send)


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # no address at all, such as "http://["
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _refuse(scope, send, status: int, problem: str, remedy: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": problem})
        return
    body = json.dumps({"error": {"message": problem, "remedy": remedy, "type": "Refused"}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
