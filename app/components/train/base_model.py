"""Choosing the base model: from the catalogue, with what this machine can do with it, or by hub id or folder."""

from collections.abc import Iterable
from functools import partial

import streamlit as st

from app.components.actor import actor
from app.components.choices import NOTHING_YET
from app.components.form import Form
from app.components.listing import warn_missing
from app.components.train.download import offer_download
from app.models.catalogue import catalogue, default_model
from app.models.downloads import bytes_to_download
from app.models.find_model import why_no_base
from app.wording.markdown import as_text
from app.wording.numbers import size_text

ANOTHER = "another"


def choose_base(form: Form) -> str | None:
    """The reference of the base model; None until one is chosen. `?base=` preselects one, if it exists."""
    known = {model["reference"]: model for model in catalogue(actor())}
    default = default_model(actor())
    choices = list(dict.fromkeys([default, *known, ANOTHER]))
    asked = st.query_params.get("base")
    if missing := asked not in (None, *choices):
        warn_missing("base model", "base")
        form.typed.pop("base", None)
    form.start_at("base", None if missing else asked)
    chosen = st.selectbox(
        "Base model",
        choices,
        index=None,
        format_func=lambda reference: base_label(reference, known.get(reference)),
        **NOTHING_YET,
        **form.bind("base", None if missing else default, choices),
    )
    if chosen == ANOTHER:
        return _named(form)
    if chosen in known:
        _told(known[chosen])
        if known[chosen]["comes"] == "with the studio":
            _offer_better(known.values())
    return chosen


def _named(form: Form) -> str | None:
    """A model outside the catalogue, checked as it is typed."""
    named = st.text_input(
        "Hub id or folder",
        placeholder="org/name, or /path/to/model",
        help="A hub model is downloaded once; a folder must hold safetensors weights.",
        **form.bind("base-named", ""),
    ).strip()
    if not (named and form.check_exists(st, "base model", named, partial(why_no_base, actor()))):
        return None
    if size := _bytes_to_download(named):
        offer_download(named, named, f"It is downloaded once, now or when training starts: {size_text(size)}.")
    return named


@st.cache_data(ttl=60, max_entries=100, show_spinner=False)
def _bytes_to_download(named: str) -> int | None:
    """Asked once a minute: without a network each question takes seconds."""
    return bytes_to_download(named)


def base_label(reference: str, model: dict | None) -> str:
    """A base model's label: name, size, whether it fits. `model` is its catalogue entry, if any."""
    if reference == ANOTHER:
        return "Another model, by hub id or folder"
    if model is None:
        return reference
    where = "" if model["here"] else " · from the hub" if model["comes"] == "from the hub" else " · not downloaded yet"
    fits = {"16-bit": "", "4-bit": " · fits in 4 bits", None: " · too large for this machine"}[model["trains"]]
    return f"{model['name']} · {_count(model['parameters'])} parameters{where}{fits}"


def _told(model: dict) -> None:
    """Describe the model, what it needs here, and what to do before it can be used."""
    facts = [model["license"], f"context of {model['context']:,} tokens", model["languages"]]
    note = f" {model['note']}" if model["note"] else ""
    origin = f" {model['origin']}." if model["origin"] else ""
    st.caption(as_text(f"{' · '.join(facts)}.{note}{origin}"))
    if not model["trains"]:
        st.warning(as_text(model["reason"]), icon=":material/memory:")
    else:
        st.caption(as_text(model["reason"]))
    if model["here"]:
        return
    if model["comes"] == "with the set-up":
        _offer(model, f"{model['name']} is not on this machine yet. The download (93 MB) needs a network.")
        return
    first = f"Accept its terms at huggingface.co/{model['hub_id']} and save your token under Settings. "
    size = size_text(2 * model["parameters"])
    _offer(
        model,
        f"{first if model['gated'] else ''}It is downloaded once, now or when training starts: about {size}.",
    )


def _offer_better(known: Iterable[dict]) -> None:
    """Next to the starter model, offer SmolLM2 if the set-up could not download it."""
    for model in known:
        if model["comes"] == "with the set-up" and not model["here"]:
            _offer(
                model,
                f"The set-up could not download {model['name']}, which learns far better. The download (93 MB) needs "
                "a network.",
            )


def _offer(model: dict, why: str) -> None:
    offer_download(model["reference"], model["name"], why)


def _count(parameters: int) -> str:
    return f"{parameters / 1e9:.1f} billion" if parameters >= 995e6 else f"{parameters / 1e6:.0f} million"
