"""The address of the Hugging Face hub, as `HF_ENDPOINT` may change it: of a server, not of a person."""

import os
from urllib.parse import urlsplit

from core.errors import InputError


def check_hub_address() -> None:
    """Raise InputError where the address holds a user or a password, which messages would repeat."""
    if "@" in urlsplit(os.environ.get("HF_ENDPOINT", "")).netloc:
        raise InputError("HF_ENDPOINT holds a user or a password.", "Put the hub's key into HF_TOKEN.")
