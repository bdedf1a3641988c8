"""Asking the Hugging Face hub before a download: what a model takes, whether a dataset exists, and its first rows."""

import hashlib
import urllib.error
import urllib.request
from functools import lru_cache

from app.plumbing.errands import run_errand
from app.plumbing.studio import home
from core.errors import UnavailableError
from core.full_disk import naming_full_disks
from core.models.hub.address import hub_is_off, hub_request, hub_token
from core.models.hub.repository import HubModel, ask_hub
from core.specs.names import is_hub_id
from storage.hub_token import VARIABLE, hub_environment
from storage.settings import settings

_ROWS = 20
_SECONDS = 60
_SECONDS_TO_ANSWER = 3


@lru_cache(maxsize=64)
def model_on_hub(hub_id: str, revision: str | None) -> HubModel:
    """What the hub has of a model: its files and their sizes. Raises what `ask_hub` raises, within seconds."""
    return ask_hub(hub_id, revision, _token(), _SECONDS_TO_ANSWER)


def why_no_dataset(name: str) -> str | None:
    """Why the hub cannot provide the dataset `owner/name` or `owner/name:part`; None if it can.

    Raises UnavailableError if the hub does not answer within seconds, or the studio is offline.
    """
    name = name.partition(":")[0]
    if not is_hub_id(name):
        return "A Hugging Face hub id has the form owner/name."
    if hub_is_off():
        raise _not_reached()
    try:
        urllib.request.urlopen(hub_request(f"/api/datasets/{name}", _token()), timeout=_SECONDS_TO_ANSWER).close()
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


def _token() -> str | None:
    """The token in the environment, else the one saved under Settings."""
    return hub_environment(settings()).get(VARIABLE) or hub_token()


def _not_reached() -> UnavailableError:
    return UnavailableError(
        "Not checked: the Hugging Face hub cannot be reached.", "What is already on this machine can be used."
    )
