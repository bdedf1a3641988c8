"""Which hosts and pages may talk to a server of ours, how much at once, and what its answers let a browser do. Plain
ASGI: it covers WebSockets too.

Binding to loopback does not keep web pages out: a page of a stranger can send requests to 127.0.0.1, and a name of a
stranger can be made to resolve to it. So every request must name this machine as its host, and a request sent by a
page must come from a page of this very server. Light: imports no framework.
"""

import base64
import gc
import hashlib
import ipaddress
import json
import re
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from core.listening import LOOPBACK_NAMES, is_loopback
from core.processes.allocator import give_back_now

_HOST = re.compile(r"(?:(?P<name>[a-z0-9_.-]+)|\[(?P<address>[0-9a-f:.]+)\])(?::[0-9]{1,5})?")
"""A `Host` header: no person, no path, nothing that two readers could read as two hosts."""
_POLICY = {
    "default-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "frame-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


class SecurityHeaders:
    """Adds the content security policy and its companions to every answer, refusals among them: it stands outermost."""

    def __init__(self, app, page: str = ""):
        """`page` is the HTML that pages start from, if there are any; only its own inline scripts may run."""
        self._app = app
        hashes = (f"'sha256-{_hash(script)}'" for script in re.findall(r"<script>(.*?)</script>", page, re.S))
        self._headers = _security_headers(" ".join(["'self'", *hashes]))
        # The page of the API's documentation starts itself by an inline script and shows no one's data.
        self._of_docs = _security_headers("'self' 'unsafe-inline'")

    async def __call__(self, scope, receive, send) -> None:
        async def send_with_headers(message: dict) -> None:
            if message["type"] == "http.response.start":
                ours = self._of_docs if scope["path"] == "/docs" else self._headers
                theirs = ((name, value) for name, value in message.get("headers", ()) if name.lower() not in ours)
                message = message | {"headers": [*theirs, *ours.items()]}
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _security_headers(scripts: str) -> dict[bytes, bytes]:
    policy = "; ".join(f"{name} {sources}" for name, sources in (_POLICY | {"script-src": scripts}).items())
    return {
        b"content-security-policy": policy.encode(),
        b"x-content-type-options": b"nosniff",
        b"referrer-policy": b"same-origin",
        b"cross-origin-opener-policy": b"same-origin",
        b"cross-origin-resource-policy": b"same-origin",
    }


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


class Guard:
    """Lets through what names an allowed host and no page of another site has sent; answers the rest with 403.

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
        if scope["type"] in ("http", "websocket") and (problem := self._problem(scope)):
            await _refuse(scope, send, 403, problem, "Open it by the address that it printed when it started.")
        else:
            await self._app(scope, receive, send)

    def _problem(self, scope: dict) -> str | None:
        """Why a request is refused; None if it is not."""
        hosts = _sent(scope, b"host")
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return f"This server is not called {', '.join(hosts)[:100] or 'nothing'}."
        origins = _sent(scope, b"origin")
        if any(_netloc(origin) != hosts[0] for origin in origins):
            return f"Pages of {', '.join(origins)[:100]} may not use this server."
        # Browsers send no origin with what a page merely shows (pictures, scripts, frames) or prefetches.
        if not set(_sent(scope, b"sec-fetch-site")) <= {"same-origin", "none"} and not _follows_a_link(scope):
            return "Pages of other sites may not use this server."
        return None

    def _is_ours(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        name = found and (found["name"] or found["address"])
        return bool(name) and (name in self._names or (not self._is_local and _is_address(name)))


def _follows_a_link(scope: dict) -> bool:
    """Whether a person opens one of our pages from elsewhere. Pages have addresses of one part (`/train`); what lies
    deeper works for whoever asks, and is not for other sites to open."""
    opened = (_sent(scope, b"sec-fetch-mode"), _sent(scope, b"sec-fetch-dest")) == (["navigate"], ["document"])
    return opened and scope.get("method") == "GET" and scope["path"].count("/") == 1


def _sent(scope: dict, header: bytes) -> list[str]:
    return [value.decode("latin-1").lower() for name, value in scope["headers"] if name == header]


class _TooLargeError(Exception):
    """Ends the reading of a body that has been refused."""


LARGEST_BODY_BYTES = 4 << 20
"""Of a request: a million characters, which no model's context holds, in most scripts."""
_GIVE_BACK_AFTER_BYTES = 1 << 20


class BodyLimit:
    """Refuses a request whose body is announced, or turns out, to be longer than `limit_bytes`.

    `unlimited` are pairs of method and path whose route counts for itself. What others leave behind is given back to
    the system after every megabyte of them: Python and its allocator would keep the most that they ever held.
    """

    def __init__(self, app, unlimited: frozenset[tuple[str, str]] = frozenset(), limit_bytes: int = LARGEST_BODY_BYTES):
        self._app = app
        self._limit_bytes = limit_bytes
        self._unlimited = unlimited
        self._received_bytes = 0

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        is_limited = (scope.get("method"), scope.get("path")) not in self._unlimited
        if not announced.isdigit() or (is_limited and int(announced[:20]) > self._limit_bytes):
            await _refuse(scope, send, 413, "This request is too large.", "Send less.")
        elif is_limited:
            try:
                with suppress(_TooLargeError):
                    await self._app(scope, *self._counted(scope, receive, send))
            finally:
                self._give_back()
        else:
            await self._app(scope, receive, send)

    def _give_back(self) -> None:
        if self._received_bytes > _GIVE_BACK_AFTER_BYTES:
            self._received_bytes = 0
            gc.collect()  # what came of a body may be held by a circle of references, a refusal with its body
            give_back_now()

    def _counted(self, scope: dict, receive, send) -> tuple:
        """`receive` that counts what was sent in pieces of unannounced length, and `send` that ends with a refusal."""
        received = 0
        has_begun = is_refused = False

        async def counted() -> dict:
            nonlocal received, is_refused
            message = await receive()
            received += len(message.get("body", b""))
            self._received_bytes += len(message.get("body", b""))
            if received <= self._limit_bytes:
                return message
            if not (has_begun or is_refused):
                await _refuse(scope, send, 413, "This request is too large.", "Send less.")
            is_refused = True
            raise _TooLargeError

        async def unless_refused(message: dict) -> None:
            nonlocal has_begun
            has_begun = True
            if not is_refused:
                await send(message)

        return counted, unless_refused


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
