"""The Hugging Face hub, asked before anything is fetched: whether it has a thing, and a dataset's first rows."""

import hashlib
import os
import re
import urllib.error
import urllib.request
from typing import Literal

from app.plumbing.errands import run_errand
from app.plumbing.studio import home
from core.errors import UnavailableError
from core.full_disk import naming_full_disks

_ROWS = 20
_SECONDS = 60
_SECONDS_TO_ANSWER = 3
_ID = re.compile(r"([A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95}")
_OFFLINE = ("1", "ON", "YES", "TRUE")


def why_not_on_hub(kind: Literal["models", "datasets"], name: str) -> str | None:
    """Why the hub cannot give what is called `owner/name`, or `owner/name:part` of a dataset; None where it can.

    Raises UnavailableError where it does not answer at once, or is not to be asked.
    """
    name = name.partition(":")[0] if kind == "datasets" else name
    if not _ID.fullmatch(name) or ".." in name or "--" in name:
        return "An id of the Hugging Face hub is written owner/name."
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in _OFFLINE:
        raise _not_reached()
    address = f"{os.environ.get('HF_ENDPOINT') or 'https://huggingface.co'}/api/{kind}/{name}"
    token = os.environ.get("HF_TOKEN")
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        urllib.request.urlopen(request, timeout=_SECONDS_TO_ANSWER).close()
    except urllib.error.HTTPError as error:
        if error.code in (401, 404):  # the hub does not tell strangers what it hides from them
            return f"The Hugging Face hub has nothing called {name} that this studio may read."
    except OSError:
        raise _not_reached() from None
    return None


def first_rows(name: str) -> str:
    """The path of a file with the first rows of the hub dataset `owner/name` or `owner/name:part`, as JSON lines.

    They are fetched anew by a process of its own. Raises InputError, NotFoundError, UnavailableError in words.
    """
    folder = home() / "downloads" / "hub"
    with naming_full_disks(folder):
        folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.jsonl"
    run_errand("core.data.sources.hub", name, _ROWS, file, deadline_seconds=_SECONDS)
    return str(file)


def _not_reached() -> UnavailableError:
    return UnavailableError(
        "Not checked: the Hugging Face hub cannot be reached from here.", "What is on this machine already can be used."
    )
