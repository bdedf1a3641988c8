"""Choosing the model that writes examples or judges answers: one of this studio, or one at an endpoint."""

import streamlit as st

from app.components.choices import choose_model_in_form
from app.components.endpoint_fields import endpoint_fields
from app.components.form import Form
from app.components.validation import default_of
from app.wording.markdown import as_text


def choose_who_writes(form: Form, label: str, advice: str) -> dict | None:
    """The fields `model`, `endpoint` and `api_key_env` of the form's spec; None until a model is chosen.

    `advice` is said of the models of this studio.
    """
    where = st.segmented_control(
        label,
        ["here", "endpoint"],
        required=True,
        format_func={"here": "A model of this studio", "endpoint": "An OpenAI-compatible endpoint"}.get,
        **form.bind("writer", "here"),
    )
    if where == "here":
        found = choose_model_in_form(form, ("gguf", "adapter", "base"))
        st.caption(as_text(advice))
        return {"model": found["reference"]} if found else None
    endpoint, model, variable = endpoint_fields(
        form, ("endpoint", "endpoint-model", "key"), ("", "", default_of(form.kind, "api_key_env"))
    )
    return {"endpoint": endpoint, "model": model, "api_key_env": variable} if endpoint and model else None
