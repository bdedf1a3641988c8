"""What a person sets once for all pages: the base model to begin with, and the token for the hub."""

import streamlit as st

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
    """The base model that every form begins with."""
    known = {model["reference"]: model for model in catalogue()}
    chosen = default_model()
    if default_model_is_fixed():
        name = known[chosen]["name"] if chosen in known else chosen
        st.text(f"{name}: set by TUNEWRIGHT_DEFAULT_MODEL in the environment.")
        return
    choices = list(dict.fromkeys([chosen, *known]))
    picked = st.selectbox(
        "Base model to begin with",
        choices,
        index=choices.index(chosen),
        format_func=lambda reference: base_label(reference, known.get(reference)),
        help="Forms start with it.",
        key="settings-default-model",
    )
    if picked != chosen:
        with showing_errors():
            choose_default_model(picked)
            st.rerun()


def hub_token_form() -> None:
    """The token for gated and private models and datasets: kept, and never shown again."""
    source = hub_token_from()
    if source == "environment":
        st.text("Token for the hub: set by HF_TOKEN in the environment.")
        return
    if source:
        st.text("A token for the hub is kept, in a file that only you can read.")
        if st.button("Forget the token", icon=":material/key_off:"):
            forget_hub_token()
            st.rerun()
        return
    st.text_input(
        "Token for the hub",
        type="password",
        key=_TYPED,
        placeholder="hf_…",
        help="For models and datasets whose owner lets in only some. It is used for downloads alone.",
    )
    st.button("Keep the token", icon=":material/key:", on_click=_keep)
    if refused := st.session_state.pop(f"{_TYPED}-refused", None):
        with showing_errors():
            raise refused


def _keep() -> None:
    """Take the token out of the box before the page is drawn again: it is not sent back to the browser."""
    try:
        keep_hub_token(st.session_state[_TYPED])
    except TunewrightError as error:
        st.session_state[f"{_TYPED}-refused"] = error
    st.session_state[_TYPED] = ""
