"""Preferences: the default base model, and the hub token."""

import os

from app.models.find_model import find_model
from app.plumbing.studio import store
from storage import hub_token
from storage.actors import Actor
from storage.preferences import DEFAULT_MODEL, prefer
from storage.settings import settings


def choose_default_model(actor: Actor, reference: str | None) -> None:
    """Set the default base model; None leaves it to the studio. Raises as `find_model`."""
    prefer(store(), actor, DEFAULT_MODEL, find_model(actor, reference).reference if reference else None)


def default_model_is_fixed() -> bool:
    """Whether the environment sets the default base model (TUNEWRIGHT_DEFAULT_MODEL)."""
    return bool(settings().default_model)


def hub_token_from() -> str | None:
    """Where the hub token comes from: `environment`, `settings`, or None."""
    if os.environ.get(hub_token.VARIABLE):
        return "environment"
    return "settings" if hub_token.has_hub_token(settings()) else None


def keep_hub_token(token: str) -> None:
    """Save the hub token for downloads. Raises InputError, DiskFullError."""
    hub_token.keep_hub_token(settings(), token.strip())


def forget_hub_token() -> None:
    """Delete the saved hub token."""
    hub_token.forget_hub_token(settings())
