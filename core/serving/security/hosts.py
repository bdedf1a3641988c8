"""Checks the host and origin of every request and WebSocket.

Binding to loopback does not keep web pages out: any page can send requests to 127.0.0.1, and any name can be made to
resolve to it (DNS rebinding). So a request must name this machine as its host, and a request sent by a page must come
from a page of this server.
"""

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from core.listening import LOOPBACK_NAMES, is_loopback
from core.serving.security.refusal import refuse

_HOST = re.compile(r"(?:(?P<name>[a-z0-9_.-]+)|\[(?P<address>[0-9a-f:.]+)\])(?::[0-9]{1,5})?")
"""A `Host` header without user or path, or anything else that two parsers could read as two hosts."""


class HostGuard:
    """ASGI middleware: passes requests that name an allowed host and come from no other site; others get a 403.

    `host` is what the server is bound to. Beyond loopback every IP address is accepted (only names can be rebound),
    and so are the machine's own name and `names`.
    """

    def __init__(self, app, host: str, names: frozenset[str] = frozenset()):
        self._app = app
        self._is_local = is_loopback(host)
        self._names = LOOPBACK_NAMES | {name.lower() for name in names}
        if not self._is_local:
            self._names |= {host.lower(), socket.gethostname().lower()}

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] in ("http", "websocket") and (problem := self._problem(scope)):
            await refuse(scope, send, 403, problem, "Open it by the address that it printed when it started.")
        else:
            await self._app(scope, receive, send)

    def _problem(self, scope: dict) -> str | None:
        """Why a request is refused; None if it is allowed."""
        hosts = _values(scope, b"host")
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return f"This server is not called {', '.join(hosts)[:100] or 'nothing'}."
        origins = _values(scope, b"origin")
        if any(_netloc(origin) != hosts[0] for origin in origins):
            return f"Pages of {', '.join(origins)[:100]} may not use this server."
        # Browsers send no origin for pictures, scripts and frames, nor for prefetches.
        if not set(_values(scope, b"sec-fetch-site")) <= {"same-origin", "none"} and not _follows_link(scope):
            return "Pages of other sites may not use this server."
        return None

    def _is_ours(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        name = found and (found["name"] or found["address"])
        return bool(name) and (name in self._names or (not self._is_local and _is_address(name)))


def _follows_link(scope: dict) -> bool:
    """Whether someone opens one of our pages from another site. Pages have one-part paths (`/train`); other paths are
    API routes, which other sites must not open."""
    opened = (_values(scope, b"sec-fetch-mode"), _values(scope, b"sec-fetch-dest")) == (["navigate"], ["document"])
    return opened and scope.get("method") == "GET" and scope["path"].count("/") == 1


def _values(scope: dict, header: bytes) -> list[str]:
    return [value.decode("latin-1").lower() for name, value in scope["headers"] if name == header]


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # not an address at all, such as "http://["
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
