"""How to reach the Hugging Face hub: its address, the access token, and whether going online is allowed.

By the same environment variables as the hub's own library. Standard library only.
"""

import os
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlsplit

from core.errors import InputError

_YES = ("1", "ON", "YES", "TRUE")


def hub_home() -> Path:
    """The folder of the hub's own library: its cache, and the token of who has logged in with it."""
    return Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()


def check_hub_address() -> None:
    """Raise InputError if the address contains a user name or password, which error messages would repeat."""
    if "@" in urlsplit(os.environ.get("HF_ENDPOINT", "")).netloc:
        raise InputError("HF_ENDPOINT contains a user name or password.", "Put the hub's token into HF_TOKEN.")


def hub_is_off() -> bool:
    """Whether HF_HUB_OFFLINE forbids asking the hub."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in _YES


def hub_token() -> str | None:
    """The token of this process: HF_TOKEN, or that of who has logged in with the hub's own command."""
    file = Path(os.environ.get("HF_TOKEN_PATH", hub_home() / "token")).expanduser()
    token = os.environ.get("HF_TOKEN") or (file.read_text(encoding="utf-8") if file.is_file() else "")
    return token.strip() or None


def hub_request(path: str, token: str | None, **headers: str) -> urllib.request.Request:
    """A request for `path` of the hub. The token goes to the hub alone, never to where it redirects."""
    check_hub_address()
    endpoint = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    request = urllib.request.Request(endpoint + quote(path, safe="/?=&"), headers=headers)
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    return request
