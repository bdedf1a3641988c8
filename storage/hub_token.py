"""The Hugging Face token, in a file that only its owner can read; it never appears in a row, page or log."""

import os
from pathlib import Path

from core.errors import InputError
from core.full_disk import naming_full_disks
from storage.settings import Settings

VARIABLE = "HF_TOKEN"
"""Where the hub's own library looks for it."""
_LONGEST = 512


def keep_hub_token(settings: Settings, token: str) -> None:
    """Save the token for future downloads. Raises InputError when it cannot be a token, DiskFullError."""
    if not token.isascii() or not token.isprintable() or " " in token or not 8 <= len(token) <= _LONGEST:
        raise InputError(
            "This is not a Hugging Face token.", "Copy the whole token again from your account's page on the hub."
        )
    path = _path(settings)
    staged = path.with_name(f".{path.name}.partial")
    with naming_full_disks(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        staged.unlink(missing_ok=True)
        with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)


def forget_hub_token(settings: Settings) -> None:
    """Remove the token, if there is one."""
    _path(settings).unlink(missing_ok=True)


def has_hub_token(settings: Settings) -> bool:
    """Whether a token is saved."""
    return _path(settings).is_file()


def hub_environment(settings: Settings) -> dict[str, str]:
    """Extra environment variables for a process that may download; its own environment takes precedence."""
    if os.environ.get(VARIABLE) or not has_hub_token(settings):
        return {}
    return {VARIABLE: _path(settings).read_text(encoding="ascii")}


def _path(settings: Settings) -> Path:
    return settings.home / "secrets" / "hub_token"
