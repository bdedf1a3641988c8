"""The first examples exactly as the model will see them, with the tokens it learns marked (the loss mask)."""

import json

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.scripted import scripted
from app.models.model_list import models
from app.plumbing.inspection import ask
from app.wording.numbers import plural

_SHOWN = 3
_SECONDS = 30
_HTML = """
<p class="key">The model learns to write the <mark>underlined</mark> text; it only reads the rest.
A <span class="special">framed</span> word is a special token: it marks where something begins or ends.</p>
<ul class="examples"></ul>
"""


def preview_view(looked_at: dict, cleaning: dict) -> None:
    """Draw the first examples, cleaned, or why there are none.

    `looked_at` holds the inspector's `source`, `shape` and `column_map`.
    """
    with showing_errors(), st.spinner("Reading the first examples …"):
        base = next(model for model in models(actor()) if model["kind"] == "base")  # the default, if it is available
        asked = looked_at | {"cleaning": cleaning, "model": base["reference"]}
        tokens_view(_asked(json.dumps(asked, sort_keys=True)), "tokens")


def tokens_view(examples: list[dict], key: str) -> None:
    """Draw the inspector's view of examples: their text with the learned and the special tokens marked."""
    scripted("tokens", _HTML, key=key, data={"examples": [_described(*one) for one in enumerate(examples, 1)]})


@st.cache_data(max_entries=20, show_spinner=False)
def _asked(settings: str) -> list[dict]:
    return ask("preview", _SECONDS, count=_SHOWN, **json.loads(settings))


def _described(number: int, example: dict) -> dict:
    notes = []
    if example["cut_off"] and not example["counted"]:
        notes.append("Left out: the question alone is too long.")
    elif not example["counted"]:
        notes.append("No token counts: the model would learn nothing from this example.")
    elif example["cut_off"]:
        notes.append("Too long: the end is truncated.")
    if example["rewritten"]:
        notes.append("The model's chat template rewrites earlier answers: they are read, not learned.")
    if example["closed"]:
        notes.append("The prompt opens a reasoning block, the answer has none: the block is closed first.")
    number, role = example.get("number", number), f", {example['role']}" if example.get("role") else ""
    return {
        "heading": f"Example {number}{role} · {plural(example['tokens'], 'token')}, {example['counted']:,} learned",
        "pieces": example["pieces"],
        "note": " ".join(notes),
    }
