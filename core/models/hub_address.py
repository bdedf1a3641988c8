"""Checks the address of the Hugging Face hub, which `HF_ENDPOINT` can change."""

import os
from urllib.parse import urlsplit

from core.errors import InputError


def check_hub_address() -> None:
    """Raise InputError if the address contains a user name or password, which error messages would repeat."""
    if "@" in urlsplit(os.environ.get("HF_ENDPOINT", "")).netloc:
        raise InputError("HF_ENDPOINT contains a user name or password.", "Put the hub's token into HF_TOKEN.")
