"""Which models an evaluation compares beside the chosen one, and what each is called."""

import streamlit as st

from app.components.actor import actor
from app.components.choices import model_label
from app.components.endpoint_fields import endpoint_fields
from app.components.form import Form
from app.evaluation.comparison import with_bases
from app.models.model_list import models
from app.wording.markdown import as_text, cut_middle
from core.specs.evaluate import LONGEST_MODEL_NAME

_BESIDE = 4
_LOOK_UP = {"name": "Look-up", "look_up": True}


def choose_others(form: Form, model: dict) -> list[dict]:
    """A select box of further models to compare; none by default."""
    known = {one["id"]: one for one in models(actor()) if one["id"] != model["id"]}
    kept = [one for one in form.typed.get("others", []) if one in known]
    chosen = st.multiselect(
        "Compare with further models",
        list(known),
        format_func=lambda identity: model_label(known[identity]),
        placeholder="Only with its base model",
        **form.bind("others", kept, known),
    )
    return [known[one] for one in chosen]


def ask_endpoint(form: Form) -> dict | None:
    """A toggle, and behind it the fields of a model at an OpenAI-compatible address; None without one."""
    if not st.toggle("Compare with a model at an API", **form.bind("at_an_api", False)):
        return None
    names = ("endpoint", "endpoint_model", "api_key_env")
    endpoint, model, variable = endpoint_fields(form, names, ("", "", "TUNEWRIGHT_EVALUATION_API_KEY"), required=True)
    return {"name": model, "model": model, "endpoint": endpoint, "api_key_env": variable} if model else None


def name_models(form: Form, chosen: list[dict], endpoint: dict | None, look_up: bool) -> dict:
    """The fields `models` and `reference` of the spec: a name for each model, and what the others are compared with."""
    entries = [*with_bases(actor(), chosen), *([endpoint] if endpoint else [])]
    for first in range(0, len(entries), _BESIDE):
        for place, entry in zip(st.columns(_BESIDE), entries[first : first + _BESIDE], strict=False):
            kept = f"name-{'api-' if 'endpoint' in entry else ''}{entry['model']}"
            given = form.bind(kept, entry["name"][:LONGEST_MODEL_NAME])
            label = f"Name for {as_text(cut_middle(entry['name'], 30))}"
            entry["name"] = place.text_input(label, max_chars=LONGEST_MODEL_NAME, **given).strip()
            if not entry["name"]:
                form.reject(place, "Give it a name.")
    names = [entry["name"] for entry in entries]
    if len({*names, _LOOK_UP["name"]}) <= len(names):
        form.reject(st, f"Give each model a name of its own; {_LOOK_UP['name']} is taken.")
    reference = st.selectbox(
        "The others are compared with", names, required=True, **form.bind("reference", names[0], names)
    )
    return {"models": [*entries, *([_LOOK_UP] if look_up else [])], "reference": reference}
