"""The hub's cache on this machine, in the layout of the hub's own library, so that each uses the other's downloads.

models--owner--name/blobs/HASH   refs/main   snapshots/COMMIT/model.safetensors -> ../../blobs/HASH
"""

import json
import os
from pathlib import Path

from core.models.hub.address import hub_home


def cache_folder(hub_id: str) -> Path:
    """Where the files of a model are cached."""
    cache = Path(os.environ.get("HF_HUB_CACHE") or hub_home() / "hub").expanduser()
    return cache / f"models--{hub_id.replace('/', '--')}"


def cached(hub_id: str, revision: str | None) -> Path | None:
    """The folder of a model that is cached whole, at `revision` or at the newest commit seen; None if it is not."""
    folder = cache_folder(hub_id)
    newest = folder / "refs" / "main"
    if revision is None and newest.is_file():
        revision = newest.read_text(encoding="ascii").strip()
    snapshot = folder / "snapshots" / (revision or "none")
    return snapshot if is_whole(snapshot) else None


def is_whole(folder: Path) -> bool:
    """Whether all weights are there: every part that their index lists, or else any file of weights."""
    index = folder / "model.safetensors.index.json"
    if not (folder / "config.json").is_file():
        return False
    if not index.is_file():
        return any(path.is_file() for path in folder.glob("*.safetensors"))
    try:
        parts = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return all((folder / part).is_file() for part in parts)
