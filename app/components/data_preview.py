"""The first examples of a file exactly as the model will see them, with the tokens that it learns from marked."""

import json

import streamlit as st

from app.components.frame import telling_errors
from app.components.scripted import scripted
from app.components.wording import plural
from app.inspection import ask

_SHOWN = 3
_HTML = """
<p class="key"><mark>Underlined</mark> is what the model learns to say; the rest it only reads.</p>
<ul class="examples"></ul>
"""


def preview_view(path: str, shape: str, column_map: dict[str, str], cleaning: dict) -> None:
    """Draw the first examples of the file at `path`, mapped and cleaned so; in words why there are none."""
    with telling_errors(), st.spinner("Reading the first examples …"):
        settings = json.dumps({"shape": shape, "column_map": column_map, "cleaning": cleaning}, sort_keys=True)
        examples = _asked(path, settings)
        scripted("tokens", _HTML, key="tokens", data={"examples": [_described(*one) for one in enumerate(examples, 1)]})


@st.cache_data(max_entries=20, show_spinner=False)
def _asked(path: str, settings: str) -> list[dict]:
    return ask("preview", path=path, count=_SHOWN, **json.loads(settings))


def _described(number: int, example: dict) -> dict:
    notes = []
    if not example["counted"]:
        notes.append("Nothing of it counts: the model would learn nothing from this example.")
    if example["cut_off"]:
        notes.append("Longer than the model's context: the end is cut off.")
    return {
        "heading": f"Example {number} · {plural(example['tokens'], 'token')}, {example['counted']:,} learnt",
        "pieces": example["pieces"],
        "note": " ".join(notes),
    }
