"""Asking the Hugging Face hub before a download: whether a model or dataset exists, and a dataset's first rows."""

import hashlib
import os
import urllib.error
import urllib.request
from typing import Literal

from app.plumbing.errands import run_errand
from app.plumbing.studio import home
from core.errors import UnavailableError
from core.full_disk import naming_full_disks
from core.specs.names import is_hub_id

_ROWS = 20
_SECONDS = 60
_SECONDS_TO_ANSWER = 3
_OFFLINE = ("1", "ON", "YES", "TRUE")


def why_not_on_hub(kind: Literal["models", "datasets"], name: str) -> str | None:
    """Why the hub cannot provide `owner/name`, or `owner/name:part` of a dataset; None if it can.

    Raises UnavailableError if the hub does not answer within seconds, or the studio is offline.
    """
    name = name.partition(":")[0] if kind == "datasets" else name
    if not is_hub_id(name):
        return "A Hugging Face hub id has the form owner/name."
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in _OFFLINE:
        raise _not_reached()
    address = f"{os.environ.get('HF_ENDPOINT') or 'https://huggingface.co'}/api/{kind}/{name}"
    token = os.environ.get("HF_TOKEN")
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        urllib.request.urlopen(request, timeout=_SECONDS_TO_ANSWER).close()
    except urllib.error.HTTPError as error:
        if error.code in (401, 404):  # the hub answers 401 for private and missing repositories alike
            return f"The Hugging Face hub has no {name} that this studio may read."
    except OSError:
        raise _not_reached() from None
    return None


def first_rows(name: str) -> str:
    """The path of a JSON Lines file with the first rows of the hub dataset `owner/name` or `owner/name:part`.

    A child process downloads them each time. Raises InputError, NotFoundError or UnavailableError.
    """
    folder = home() / "downloads" / "hub"
    with naming_full_disks(folder):
        folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.jsonl"
    run_errand("core.data.sources.hub", name, _ROWS, file, deadline_seconds=_SECONDS)
    return str(file)


def _not_reached() -> UnavailableError:
    return UnavailableError(
        "Not checked: the Hugging Face hub cannot be reached.", "What is already on this machine can be used."
    )
