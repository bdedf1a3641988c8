"""A dataset of the Hugging Face hub, looked at before it is made one of the studio."""

import hashlib

from app.errands import run_errand
from app.studio import home
from core.full_disk import naming_full_disks

_ROWS = 20
_SECONDS = 60


def first_rows(name: str) -> str:
    """The path of a file with the first rows of the hub dataset `owner/name` or `owner/name:part`, as JSON lines.

    They are fetched anew by a process of its own. Raises InputError, NotFoundError, UnavailableError in words.
    """
    folder = home() / "downloads" / "hub"
    with naming_full_disks(folder):
        folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.jsonl"
    run_errand("core.data.hub", name, _ROWS, file, deadline_seconds=_SECONDS)
    return str(file)
