"""What takes space in the workspace."""

from pathlib import Path

from app.models.catalogue import fetched_bytes
from app.plumbing.studio import home
from core.disk_space import size_bytes
from core.models.catalogue import CATALOGUE

_FOLDERS = {
    "Datasets": "datasets",
    "Runs and evaluations": "runs",
    "Exports": "exports",
    "Logs": "logs",
    "Trash": "trash",
    "Uploads": "uploads",
    "Downloads": "downloads",
}
_LISTED = ("datasets", "runs", "exports", "uploads", "downloads", "models")


def storage_used() -> dict[str, int]:
    """Bytes in the workspace by kind, including downloaded base models, which may be outside it."""
    fetched = sum(fetched_bytes(model) for model in CATALOGUE if model.fetched_to and model.is_here)
    used = {words: size_bytes(home() / folder) for words, folder in _FOLDERS.items()}
    database = sum(size_bytes(path) for path in home().glob("studio.db*"))
    return used | {"Base models": fetched + size_bytes(home() / "models"), "Database": database}


def largest(count: int = 3) -> list[tuple[str, int]]:
    """The `count` largest datasets, runs, exports, uploads, downloads and models: path in the workspace, and bytes."""
    sizes = [
        (place.relative_to(home()).as_posix(), size_bytes(place))
        for folder in _LISTED
        for place in Path(home() / folder).glob("*")
    ]
    return sorted(sizes, key=lambda found: found[1], reverse=True)[:count]
