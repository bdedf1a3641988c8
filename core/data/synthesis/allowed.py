"""Decides which servers may be asked to write examples, and which of them get a key. The owner names them.

Light, so that an address is checked when a job is created and not when it runs.
"""

from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from core.errors import InputError
from core.listening import is_loopback

SETTING = "TUNEWRIGHT_SYNTHESIS_ENDPOINTS"


def checked_address(endpoint: str, named: Sequence[str]) -> SplitResult:
    """The parts of an address on this machine or of a server that the owner has named. Raises InputError for others."""
    parts = _parts(endpoint)
    if not is_loopback(parts.hostname) and not is_named(parts, named):
        raise InputError(
            f"{parts.hostname} is not among the servers that this studio may ask.",
            f"Set {SETTING}={parts.scheme}://{parts.netloc} (several are separated by commas) and restart.",
        )
    return parts


def is_named(parts: SplitResult, named: Sequence[str]) -> bool:
    """Whether the owner has named this server, by scheme, host and port, so that it may get a key.

    Raises InputError for a name that is not an address.
    """
    return _origin(parts) in {
        _origin(_parts(address.strip(), f" in {SETTING}")) for address in named if address.strip()
    }


def checked_key_name(name: str) -> str:
    """The environment variable that holds a key. Raises InputError for any that may hold another secret."""
    if not name.endswith("_API_KEY") or name == "TUNEWRIGHT_API_KEY":
        raise InputError(
            f"The key of an endpoint cannot be read from {name[:60]!r}.",
            "Name a variable that ends in _API_KEY, but not TUNEWRIGHT_API_KEY, which is the studio's own.",
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
            f"{_shown(address)!r}{where} is not the address of a server.",
            "Give one such as https://api.openai.com/v1.",
        )
    if "@" in parts.netloc:
        raise InputError(
            f"An endpoint's address{where} contains a user or a password.",
            "Put the key into the environment, not into the address.",
        )
    return parts


def _shown(address: str) -> str:
    """The beginning of an address, without what may be a password."""
    return address[address.rfind("@") + 1 :][:100]


def _origin(parts: SplitResult) -> tuple:
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]
