"""Settings for all pages: the default base model, and the hub token."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.train.base_model import base_label
from app.models.catalogue import catalogue, default_model
from app.preferences import (
    choose_default_model,
    default_model_is_fixed,
    forget_hub_token,
    hub_token_from,
    keep_hub_token,
)
from core.errors import TunewrightError

_TYPED = "settings-hub-token"


def default_model_choice() -> None:
    """Draw the choice of the default base model."""
    known = {model["reference"]: model for model in catalogue(actor())}
    chosen = default_model(actor())
    if default_model_is_fixed():
        name = known[chosen]["name"] if chosen in known else chosen
        st.text(f"{name}: set by TUNEWRIGHT_DEFAULT_MODEL in the environment.")
        return
    choices = list(dict.fromkeys([chosen, *known]))
    picked = st.selectbox(
        "Default base model",
        choices,
        index=choices.index(chosen),
        format_func=lambda reference: base_label(reference, known.get(reference)),
        help="Forms start with it.",
        key="settings-default-model",
    )
    if picked != chosen:
        with showing_errors():
            choose_default_model(actor(), picked)
            st.rerun()


def hub_token_form() -> None:
    """Draw the form for the hub token, for gated and private models and datasets; it is never shown again."""
    source = hub_token_from()
    if source == "environment":
        st.text("Hub token: set by HF_TOKEN in the environment.")
        return
    if source:
        st.text("A hub token is saved, in a file that only you can read.")
        if st.button("Delete the token", icon=":material/key_off:"):
            forget_hub_token()
            st.rerun()
        return
    st.text_input(
        "Hub token",
        type="password",
        key=_TYPED,
        placeholder="hf_…",
        help="For gated and private models and datasets. It is only used for downloads.",
    )
    st.button("Save the token", icon=":material/key:", on_click=_keep)
    if refused := st.session_state.pop(f"{_TYPED}-refused", None):
        with showing_errors():
            raise refused


def _keep() -> None:
    """Save the token and clear the box before the rerun, so that it is not sent back to the browser."""
    try:
        keep_hub_token(st.session_state[_TYPED])
    except TunewrightError as error:
        st.session_state[f"{_TYPED}-refused"] = error
    st.session_state[_TYPED] = ""
