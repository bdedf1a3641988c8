"""Choosing a dataset or a model, starting at the one named in the address. One that no longer exists is not replaced:
the user chooses again."""

from collections.abc import Callable

import streamlit as st

from app.components.actor import actor
from app.components.form import Form
from app.data.datasets import datasets
from app.export.gguf_files import recommended_gguf
from app.jobs.queries import job
from app.models.model_list import models, named_in
from app.wording.markdown import as_text, cut_middle
from app.wording.numbers import size_text, splits_text

NOTHING_YET = {"placeholder": "Choose one", "required": True}
"""Options of a select box that starts empty."""


def choose_dataset(form: Form, split: str | None = None) -> dict | None:
    """A select box of the datasets (with `split`, if given); None while nothing is chosen.

    It starts at `?dataset=`, else at the last choice, else at the newest.
    """
    known = [dataset for dataset in datasets(actor()) if split in (None, *dataset["report"].splits)]
    return _choose(form, "dataset", known, _dataset_label, _dataset_named)


def choose_model_in_form(form: Form, kinds: tuple[str, ...]) -> dict | None:
    """A select box of the models of these kinds (`base`, `adapter`, `gguf`); None while nothing is chosen.

    It starts at `?model=`, else at the last choice, else at the newest of the first kind that exists.
    """
    return _choose(form, "model", _of_kinds(kinds), model_label, named_in)


def choose_model(
    kinds: tuple[str, ...], label: str = "Model", key: str = "model", newest: bool = True, chosen: str | None = None
) -> dict | None:
    """The same outside a form.

    It starts at `chosen` (an id, job id or path), else at `?model=`, else at the newest model, taking the best file of
    an export; without `newest`, at the base model.
    """
    known = {model["id"]: model for model in _of_kinds(kinds)}
    asked = chosen or (st.query_params.get("model") if newest else None)
    found = named_in(list(known.values()), asked) if asked else _best_of_newest(known)
    if not (found or chosen) and asked:
        warn_gone("model", asked)
    if not known:
        return None
    box = f"choose-{key}-{asked}"
    if st.session_state.setdefault(box, found and found["id"]) not in known:
        st.session_state[box] = None
    if [*known] == [st.session_state[box]]:
        return _the_only(label, known[st.session_state[box]], model_label)
    return known.get(
        st.selectbox(
            label, list(known), index=None, key=box, format_func=lambda one: model_label(known[one]), **NOTHING_YET
        )
    )


def _best_of_newest(known: dict[str, dict]) -> dict | None:
    first = next(iter(known.values()), None)
    if not (first and first["kind"] == "gguf"):
        return first
    best = recommended_gguf(actor(), job(actor(), first["job_id"]))
    return known[best.id] if best else first


def _choose(
    form: Form,
    name: str,
    choices: list[dict],
    words: Callable[[dict], str],
    named: Callable[[list[dict], str], dict | None],
) -> dict | None:
    """A select box that keeps its choice when options are added, and becomes empty when its choice is gone."""
    known = {one["id"]: one for one in choices}
    asked = st.query_params.get(name)
    found = named(choices, asked) if asked else None
    if asked and not found:
        form.typed.pop(name, None)
    stood_at = asked if asked and not found else form.current(name, next(iter(known), None))
    form.start_at(name, found and found["id"])
    if not found and stood_at and stood_at not in known:
        warn_gone(name, stood_at)
    if not known:
        return None
    kept = form.bind(name, stood_at if stood_at in known else None, known)
    if [*known] == [st.session_state[kept["key"]]]:
        return _the_only(name.capitalize(), *known.values(), words)
    chosen = st.selectbox(
        name.capitalize(),
        list(known),
        index=None,
        format_func=lambda identity: words(known[identity]),
        **NOTHING_YET,
        **kept,
    )
    return known.get(chosen)


def _the_only(label: str, one: dict, words: Callable[[dict], str]) -> dict:
    """Show the only option as text instead of a select box."""
    st.markdown(f"{label}: **{as_text(words(one))}**")
    return one


def warn_gone(what: str, name: str) -> None:
    """Warn that what was linked or chosen no longer exists, and that nothing replaces it."""
    st.warning(
        f"The {what} “{as_text(cut_middle(name, 60))}” no longer exists, or cannot be used here\\. Choose another\\.",
        icon=":material/link_off:",
    )


def _of_kinds(kinds: tuple[str, ...]) -> list[dict]:
    """The models of these kinds, ordered by kind."""
    known = [model for model in models(actor()) if model["kind"] in kinds]
    return sorted(known, key=lambda model: kinds.index(model["kind"]))


def _dataset_named(choices: list[dict], asked: str) -> dict | None:
    names = ("id", "name", "job_id", "path")
    return next((one for one in choices if asked in [one[name] for name in names]), None)


def _dataset_label(dataset: dict) -> str:
    return f"{cut_middle(dataset['title'])} · {splits_text(dataset['report'].splits)}"


def model_label(model: dict) -> str:
    """A model of `models()` in a select box."""
    kind = {"base": "base", "adapter": "tuned", "gguf": "GGUF"}[model["kind"]]
    size = f" · {size_text(model['bytes'])}" if model["bytes"] and model["kind"] == "gguf" else ""
    return f"{cut_middle(model['label'], 48)} · {kind}{size}"
