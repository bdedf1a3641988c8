"""Choosing a dataset or a model: what the address bar names comes first, what cannot be chosen is not offered."""

import streamlit as st

from app.components.form import Form
from app.components.wording import cut_middle, size_text, splits_text
from app.datasets import datasets
from app.models import models


def choose_dataset(form: Form, split: str | None = None) -> dict | None:
    """A select box of the datasets, of those with `split` if it is named.

    Starts at `?dataset=`, else at the one chosen last, else at the newest.
    """
    known = {dataset["id"]: dataset for dataset in datasets() if split in (None, *dataset["report"]["splits"])}
    if not known:
        return None
    asked = st.query_params.get("dataset")
    form.follows("dataset", asked if asked in known else None)
    chosen = st.selectbox(
        "Dataset",
        list(known),
        format_func=lambda dataset_id: _dataset_label(known[dataset_id]),
        **form.keeps("dataset", next(iter(known)), known),
    )
    return known[chosen]


def choose_model(
    kinds: tuple[str, ...], label: str = "Model", key: str = "model", newest: bool = True, chosen: str | None = None
) -> dict | None:
    """A select box of the models of these kinds (`base`, `adapter`, `gguf`).

    Starts at the one that is `chosen` already (its id, job or place), else at the one that `?model=` names, else at
    the newest that was made; at the base model when not `newest`.
    """
    known = _of_kinds(kinds)
    if not known:
        return None
    place = _place(known, chosen or (st.query_params.get("model") if newest else None))
    return st.selectbox(label, known, index=place or 0, format_func=_model_label, key=f"choose-{key}")


def choose_kept_model(form: Form, kinds: tuple[str, ...]) -> dict | None:
    """The same for a form, which keeps what was chosen: it starts at what `?model=` names, else at that."""
    known = {model["id"]: model for model in _of_kinds(kinds)}
    if not known:
        return None
    place = _place(list(known.values()), st.query_params.get("model"))
    form.follows("model", None if place is None else list(known)[place])
    chosen = st.selectbox(
        "Model",
        list(known),
        format_func=lambda model_id: _model_label(known[model_id]),
        **form.keeps("model", next(iter(known)), known),
    )
    return known[chosen]


def _of_kinds(kinds: tuple[str, ...]) -> list[dict]:
    """The models of these kinds, in this order of kinds."""
    known = [model for model in models() if model["kind"] in kinds]
    return sorted(known, key=lambda model: kinds.index(model["kind"]))


def _place(known: list[dict], asked: str | None) -> int | None:
    """Where the model stands whose id, job or place is asked for; None where none is."""
    return next((i for i, m in enumerate(known) if asked and asked in (m["id"], m["job_id"], m["reference"])), None)


def _dataset_label(dataset: dict) -> str:
    return f"{cut_middle(dataset['name'])} · {splits_text(dataset['report']['splits'])}"


def _model_label(model: dict) -> str:
    kind = {"base": "base", "adapter": "tuned", "gguf": "GGUF"}[model["kind"]]
    size = f" · {size_text(model['bytes'])}" if model["bytes"] and model["kind"] == "gguf" else ""
    return f"{cut_middle(model['label'], 48)} · {kind}{size}"
