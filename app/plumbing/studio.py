"""This process's workspace: its folder and its database, opened once."""

from functools import cache
from pathlib import Path

from storage.database import Store, open_store
from storage.settings import settings


@cache
def store() -> Store:
    """The database of the workspace; the first call creates or migrates it."""
    return open_store(settings())


def wants_key() -> bool:
    """Whether clients must send a key, or sign in with it."""
    return bool(settings().api_key)


def home() -> Path:
    """The workspace folder, absolute."""
    return Path(settings().home).absolute()
