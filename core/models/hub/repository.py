"""What a model's repository on the hub holds: its files, their sizes, and whether it can be used, before any download.

Standard library only, so the web process may ask too.
"""

import json
import re
import urllib.request
from dataclasses import dataclass
from fnmatch import fnmatch

from core.errors import InputError, UnavailableError
from core.models.folder_safety import check_weights
from core.models.hub.address import check_hub_address, hub_is_off, hub_request
from core.models.hub.refusals import hub_refusals_in_words, not_reached, terms_not_accepted

_WANTED = ("*.json", "*.safetensors", "*.model", "*.jinja", "merges.txt", "vocab.txt")
_DUPLICATES = "consolidated*"
_COMMIT, _BLOB = re.compile(r"[0-9a-f]{40}"), re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ANSWERS_WITHIN_SECONDS = 10


@dataclass(frozen=True)
class HubFile:
    """A file of a repository. `blob` is its hash: SHA-256 of a large file, git's object id of others."""

    name: str
    size_bytes: int
    blob: str


@dataclass(frozen=True)
class HubModel:
    """A repository at one commit: all its names, and the files that are downloaded, the small ones first."""

    hub_id: str
    commit: str
    names: tuple[str, ...]
    wanted: tuple[HubFile, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes of the download."""
        return sum(file.size_bytes for file in self.wanted)


def ask_hub(
    hub_id: str, revision: str | None, token: str | None, within_seconds: float = _ANSWERS_WITHIN_SECONDS
) -> HubModel:
    """The repository at `revision`, or at its newest commit, if it can be used.

    Raises InputError where it is gated, pickled, an adapter or no model at all, NotFoundError, and UnavailableError
    without an answer.
    """
    check_hub_address()
    if hub_is_off():
        raise not_reached(hub_id)
    at = f"/revision/{revision}" if revision else ""
    told = _ask(hub_id, f"/api/models/{hub_id}{at}?blobs=true", token, within_seconds)
    if told.get("gated"):
        if not token:
            raise terms_not_accepted(hub_id, token)
        _ask(hub_id, f"/api/models/{hub_id}/auth-check", token, within_seconds)
    try:
        model = _read(hub_id, told)
    except (KeyError, TypeError, ValueError) as error:
        raise UnavailableError(
            f"The hub's list of the files of {hub_id} is not readable.", "Try again later."
        ) from error
    if "config.json" not in model.names:
        kind = "an adapter" if "adapter_config.json" in model.names else "no model in Transformers' format"
        raise InputError(f"{hub_id} is {kind}: it has no config.json.", "Name the base model that it was made from.")
    check_weights(
        [name for name in model.names if "/" not in name], hub_id, "Use a version of the model with .safetensors files."
    )
    return model


def _ask(hub_id: str, path: str, token: str | None, within_seconds: float) -> dict:
    with (
        hub_refusals_in_words(hub_id, token),
        urllib.request.urlopen(hub_request(path, token), timeout=within_seconds) as answer,
    ):
        said = answer.read()
    try:
        told = json.loads(said)
    except ValueError:  # the check of a token is answered with a plain "OK"
        told = None
    return told if isinstance(told, dict) else {}


def _read(hub_id: str, told: dict) -> HubModel:
    """The repository in the hub's answer. Raises ValueError, KeyError or TypeError where that is not one."""
    named = {item["rfilename"]: item for item in told["siblings"]}
    names = [name for name in named if any(fnmatch(name, pattern) for pattern in _WANTED)]
    names = [name for name in names if "/" not in name and not fnmatch(name, _DUPLICATES)]
    wanted = [
        HubFile(name, int(named[name]["size"]), (named[name].get("lfs") or {}).get("sha256") or named[name]["blobId"])
        for name in names
    ]
    if not _COMMIT.fullmatch(told["sha"]) or not all(_BLOB.fullmatch(file.blob) for file in wanted):
        raise ValueError("not a hash")
    wanted.sort(key=lambda file: (file.name.endswith(".safetensors"), file.name))
    return HubModel(hub_id, told["sha"], tuple(named), tuple(wanted))
