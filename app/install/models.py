"""The base model that the set-up downloads. Without it the studio works too, on the starter model."""

from __future__ import annotations

import json

from app.install import llama
from app.install.steps import BUILD, PYTHON, CommandError, run, say

BASE_MODEL = "smollm2-135m"


def fetch_base_model() -> None:
    """Download it while llama.cpp compiles, once packages and converter are installed; a failure is not fatal."""
    llama.wait_for_converter()
    say("Downloading SmolLM2-135M (93 MB), the model that fine-tuning starts from")
    try:
        run("base model", [str(PYTHON), "-m", "core.models.fetching", BASE_MODEL])
    except CommandError as error:
        say(_without_it(error))
    else:
        say("Downloaded SmolLM2-135M")


def _without_it(error: CommandError) -> str:
    last = (BUILD / "base model.log").read_text(errors="replace").strip().splitlines()[-1:]
    try:
        reported = json.loads(last[0])
        reason = f"{reported['message']} {reported['remedy']}"
    except (IndexError, ValueError, TypeError, KeyError):  # it crashed before it could report
        reason = str(error)
    later = f"Later: .venv/bin/python -m app models --fetch {BASE_MODEL}"
    return f"Continuing without SmolLM2-135M: the studio runs on the starter model. {reason}\n    {later}"
