"""The studio's security: hosts, key, body size, and response headers.

All of it is ASGI middleware, so it covers REST, the pages and their WebSocket alike.
"""

from starlette.types import ASGIApp

from app.plumbing.sign_in import KeyCheck
from core.errors import InputError
from core.listening import is_loopback
from core.serving.security.body_limit import BodyLimit
from core.serving.security.headers import SecurityHeaders
from core.serving.security.hosts import HostGuard
from storage.settings import Settings

SHORTEST_KEY = 20
"""In characters. Shorter keys can be guessed, however slowly."""
UPLOAD = ("POST", "/api/datasets/uploads")
"""The upload route, which has its own size limit."""


def guarded(app: ASGIApp, host: str, page: str, settings: Settings) -> ASGIApp:
    """`app` behind all security middleware.

    Raises InputError if `host` is reachable by others without a key and allowed hosts, or the key is too short.
    """
    hosts = settings.host_names
    if not is_loopback(host) and not (settings.api_key and hosts):
        raise InputError(
            f"The studio would be open to everyone who reaches {host}.",
            "Set TUNEWRIGHT_API_KEY to a long secret and TUNEWRIGHT_ALLOWED_HOSTS to the names it is reached under.",
        )
    app = BodyLimit(app, frozenset({UPLOAD}))
    if settings.api_key:
        app = KeyCheck(app, _long_enough(settings.api_key.get_secret_value().strip()))
    return SecurityHeaders(HostGuard(app, host, hosts), page)


def _long_enough(key: str) -> str:
    if len(key) < SHORTEST_KEY:
        raise InputError(
            f"The studio's key has {len(key)} characters; it needs {SHORTEST_KEY}, or it can be guessed.",
            "Set TUNEWRIGHT_API_KEY to a longer one, such as `openssl rand -base64 24` prints.",
        )
    return key
