"""What the hub's refusals mean, in words: no network, no such model, terms not accepted, a token that is not valid."""

import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException

from core.errors import InputError, NotFoundError, TunewrightError, UnavailableError

_NEW_TOKEN = "Save a new one under Settings, or set HF_TOKEN; tokens are made at huggingface.co/settings/tokens."


@contextmanager
def hub_refusals_in_words(hub_id: str, token: str | None) -> Iterator[None]:
    """Turn the errors of asking the hub about `hub_id` into errors that say what to do.

    InputError for a gated model or a bad token, NotFoundError, and UnavailableError for everything that may pass.
    """
    try:
        yield
    except urllib.error.HTTPError as error:
        raise _refusal(hub_id, error, token) from error
    except (OSError, HTTPException) as error:
        raise not_reached(hub_id) from error


def not_reached(hub_id: str) -> UnavailableError:
    return UnavailableError(
        f"{hub_id} is not on this machine, and the Hugging Face hub cannot be reached.",
        "Check the network, or name a local folder or the model 'starter', which needs no network.",
    )


def terms_not_accepted(hub_id: str, token: str | None) -> InputError:
    then = (
        "with the account of your token; some owners take a day to answer."
        if token
        else "then save a token of that account under Settings, or set HF_TOKEN."
    )
    return InputError(
        f"You must accept the terms of {hub_id} first.", f"Accept them at huggingface.co/{hub_id}, {then}"
    )


def _refusal(hub_id: str, error: urllib.error.HTTPError, token: str | None) -> TunewrightError:
    code, said = error.headers.get("X-Error-Code"), error.headers.get("X-Error-Message", "")
    if code == "GatedRepo":
        return terms_not_accepted(hub_id, token)
    if error.code == 401 and (token or "Invalid credentials" in said):
        return InputError("The Hugging Face hub does not accept your token: it is mistyped or expired.", _NEW_TOKEN)
    if code == "RevisionNotFound":
        return NotFoundError(f"The hub no longer has the revision of {hub_id} asked for.", "Name the model's hub id.")
    if error.code in (401, 404):  # the hub answers 401 for private and missing repositories alike
        private = "" if token else " A private model needs a token: save it under Settings, or set HF_TOKEN."
        return NotFoundError(
            f"{hub_id} is neither a folder here nor a model on the Hugging Face hub.", f"Check the spelling.{private}"
        )
    if error.code == 403:
        return InputError(f"Your token may not read {hub_id}.", f"Give it the right to read. {_NEW_TOKEN}")
    busy = "has had too many requests" if error.code == 429 else f"has a fault (status {error.code})"
    return UnavailableError(
        f"The Hugging Face hub {busy} and does not give {hub_id} out.", "Try again in some minutes."
    )
