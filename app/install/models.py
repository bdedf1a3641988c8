"""The base model that the set-up brings along. Without it the studio is whole too: it runs on the starter model."""

from __future__ import annotations

import json

from app.install import llama
from app.install.steps import BUILD, PYTHON, CommandError, run, say

BASE_MODEL = "smollm2-135m"


def fetch_base_model() -> None:
    """Fetch it beside the compiling, once the packages and the converter are there; say so where it cannot be had."""
    llama.wait_for_converter()
    say("Fetching SmolLM2-135M (93 MB), the model that fine-tuning starts from")
    try:
        run("base model", [str(PYTHON), "-m", "core.models.fetching", BASE_MODEL])
    except CommandError as error:
        say(_without_it(error))
    else:
        say("Fetched SmolLM2-135M")


def _without_it(error: CommandError) -> str:
    last = (BUILD / "base model.log").read_text(errors="replace").strip().splitlines()[-1:]
    try:
        told = json.loads(last[0])
        reason = f"{told['message']} {told['remedy']}"
    except (IndexError, ValueError, TypeError, KeyError):  # it ended before it could tell
        reason = str(error)
    later = f"Later: .venv/bin/python -m app models --fetch {BASE_MODEL}"
    return f"Going on without SmolLM2-135M: the studio runs on the starter model. {reason}\n    {later}"
