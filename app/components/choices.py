"""Choosing a dataset or a model: what the address bar names comes first, what cannot be chosen is not offered."""

import streamlit as st

from app.components.wording import cut_middle, size_text
from app.datasets import datasets
from app.models import models


def choose_dataset(split: str | None = None) -> dict | None:
    """A select box of the datasets, of those with `split` if it is named; starts at `?dataset=`, else at the newest."""
    known = {dataset["id"]: dataset for dataset in datasets() if split in (None, *dataset["report"]["splits"])}
    if not known:
        return None
    chosen = st.selectbox(
        "Dataset",
        list(known),
        index=_place(list(known), st.query_params.get("dataset")),
        format_func=lambda dataset_id: _dataset_label(known[dataset_id]),
    )
    return known[chosen]


def choose_model(
    kinds: tuple[str, ...], label: str = "Model", key: str = "model", newest: bool = True, chosen: str | None = None
) -> dict | None:
    """A select box of the models of these kinds (`base`, `adapter`, `gguf`).

    Starts at the one that is `chosen` already (its id, job or place), else at the one that `?model=` names, else at
    the newest that was made; at the base model when not `newest`.
    """
    known = [model for model in models() if model["kind"] in kinds]
    if not known:
        return None
    known.sort(key=lambda model: kinds.index(model["kind"]))
    asked = chosen or (st.query_params.get("model") if newest else None)
    place = next((i for i, m in enumerate(known) if asked and asked in (m["id"], m["job_id"], m["reference"])), 0)
    return st.selectbox(label, known, index=place, format_func=_model_label, key=f"choose-{key}")


def _place(ids: list[str], wanted: str | None) -> int:
    return ids.index(wanted) if wanted in ids else 0


def _dataset_label(dataset: dict) -> str:
    examples = sum(dataset["report"]["splits"].values())
    return f"{cut_middle(dataset['name'])} · {examples:,} examples"


def _model_label(model: dict) -> str:
    kind = {"base": "base", "adapter": "tuned", "gguf": "GGUF"}[model["kind"]]
    size = f" · {size_text(model['bytes'])}" if model["bytes"] and model["kind"] == "gguf" else ""
    return f"{cut_middle(model['label'], 48)} · {kind}{size}"
