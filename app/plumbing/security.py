"""Who may ask the studio for anything, how much at once, and what every answer tells the browser it may do.

All of it is plain ASGI middleware, so that it holds for REST, for the pages and for their WebSocket alike.
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
"""Characters. Shorter ones can be guessed, however slowly."""
UPLOAD = ("POST", "/api/datasets/uploads")
"""Where files are sent; it has a limit of its own."""


def guarded(app: ASGIApp, host: str, page: str, settings: Settings) -> ASGIApp:
    """`app` behind everything of this module.

    Raises InputError when `host` is open to others and nothing guards it, or the key is too short to guard anything.
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
