"""Room on the disk as the person sees it: what in the workspace takes most of it."""

from pathlib import Path

from app.plumbing.studio import home
from core.full_disk import size_bytes

_FOLDERS = ("datasets", "runs", "exports", "uploads", "downloads", "models")


def largest(count: int = 3) -> list[tuple[str, int]]:
    """The largest datasets, runs, exports, uploads, downloads and models: path in the workspace, and bytes."""
    sizes = [
        (place.relative_to(home()).as_posix(), size_bytes(place))
        for folder in _FOLDERS
        for place in Path(home() / folder).glob("*")
    ]
    return sorted(sizes, key=lambda found: found[1], reverse=True)[:count]
