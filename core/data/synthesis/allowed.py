"""Which servers may be asked to write examples, and which are shown a key: both are the owner's to say.

Light, so that it is judged when a job is asked for, not when it runs.
"""

from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from core.errors import InputError
from core.listening import is_loopback

SETTING = "TUNEWRIGHT_SYNTHESIS_ENDPOINTS"


def checked_address(endpoint: str, named: Sequence[str]) -> SplitResult:
    """The parts of an address, if it may be asked: on this machine, or of a server that the owner has named.

    Raises InputError.
    """
    parts = _parts(endpoint)
    if not is_loopback(parts.hostname) and not is_named(parts, named):
        raise InputError(
            f"{parts.hostname} is not among the servers that this studio may ask.",
            f"Set {SETTING}={parts.scheme}://{parts.netloc} (several with commas between them) and start again.",
        )
    return parts


def is_named(parts: SplitResult, named: Sequence[str]) -> bool:
    """Whether the owner has named this server, by scheme, host and port, so that it may be shown a key.

    Raises InputError for a name that is no address.
    """
    return _origin(parts) in {
        _origin(_parts(address.strip(), f" in {SETTING}")) for address in named if address.strip()
    }


def checked_key_name(name: str) -> str:
    """The environment variable that holds a key. No other secret can be named in its place. Raises InputError."""
    if not name.endswith("_API_KEY") or name == "TUNEWRIGHT_API_KEY":
        raise InputError(
            f"The key of an endpoint is not taken from {name[:60]!r}.",
            "Name a variable that ends in _API_KEY; TUNEWRIGHT_API_KEY is the studio's own.",
        )
    return name


def _parts(address: str, where: str = "") -> SplitResult:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or not address.isprintable():
        raise InputError(
            f"{_shown(address)!r}{where} is no address of a server.", "Give one such as https://api.openai.com/v1."
        )
    if "@" in parts.netloc:
        raise InputError(
            f"An endpoint's address{where} holds a user or a password.",
            "Put the key into the environment, not into the address.",
        )
    return parts


def _shown(address: str) -> str:
    """The beginning of what may be an address, without what may be a password."""
    return address[address.rfind("@") + 1 :][:100]


def _origin(parts: SplitResult) -> tuple:
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]
