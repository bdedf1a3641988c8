"""Manifests list every file of a folder with its size and SHA-256, so the folder can prove that it is complete."""

import hashlib
import json
import os
from pathlib import Path

from core.errors import CorruptArtifactError

MANIFEST = "manifest.json"
_CHUNK_BYTES = 1 << 20
_TRAINED_ON = ("train/", "validation/")
"""The splits that a training reads."""


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in chunks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def write_manifest(folder: Path, **facts: object) -> str:
    """List every file of `folder` with bytes and SHA-256, flushed to disk. Returns the manifest's own SHA-256.

    One file after the other: `Thread.start` waits for ever where memory runs out before the new thread reports.
    """
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST]
    files = {path.relative_to(folder).as_posix(): _flushed_entry(path) for path in paths}
    manifest = folder / MANIFEST
    with manifest.open("w", encoding="utf-8") as file:
        json.dump({"files": files, **facts}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return sha256_of(manifest)


def _flushed_entry(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return {"bytes": path.stat().st_size, "sha256": sha256_of(path)}


def verify_manifest(folder: Path) -> dict:
    """The manifest of `folder`. Raises CorruptArtifactError unless every listed file is there and unchanged."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        listed = {name: (entry["bytes"], entry["sha256"]) for name, entry in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptArtifactError(f"{folder.name} has no readable manifest ({error})") from error
    for name, (size_bytes, sha256) in listed.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size_bytes or sha256_of(path) != sha256:
            raise CorruptArtifactError(f"{folder.name}/{name} is missing, truncated or changed")
    return manifest


def dataset_fingerprint(folder: Path) -> str:
    """Hex SHA-256 over the hashes of the files that a training reads in a dataset folder, by its manifest if any.

    The same wherever the folder lies and whatever its test split holds.
    """
    if (folder / MANIFEST).is_file():
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        hashes = {name: entry["sha256"] for name, entry in files.items()}
    else:
        hashes = {path.relative_to(folder).as_posix(): sha256_of(path) for path in folder.glob("*/*.arrow")}
    read = (name for name in sorted(hashes) if name.startswith(_TRAINED_ON) and name.endswith(".arrow"))
    return hashlib.sha256("".join(f"{name} {hashes[name]}\n" for name in read).encode()).hexdigest()
