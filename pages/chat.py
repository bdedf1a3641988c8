"""Chat: talk to a GGUF, an adapter or the base model, alone or side by side."""

import streamlit as st

from app.components.chat_view import ask, conversation, sampling_settings, suggestions
from app.components.choices import choose_model
from app.components.frame import next_step, page_top
from app.models import models

KINDS = ("gguf", "adapter", "base")


def chosen_models() -> list[dict]:
    """The model talked to, and the one beside it when two are compared."""
    left, right = st.columns(2)
    with left:
        first = choose_model(KINDS, "Model", "chat-first")
    with right:
        compared = st.toggle("Ask a second model the same", key="chat-compare", help="For example base beside tuned.")
        second = (
            choose_model(("base", "adapter", "gguf"), "Second model", "chat-second", newest=False) if compared else None
        )
    return [model for model in (first, second) if model]


page_top(
    "Chat", "Ask it what your users would ask. Every answer says how fast it came and can be had again by its seed."
)
asked_models = chosen_models()
settings = sampling_settings()
if asked_models and len({model["id"] for model in asked_models}) < len(asked_models):
    st.warning("Both sides are the same model. Choose another one to compare with.")
conversation(asked_models)
if not any(model["kind"] == "gguf" for model in models()):
    st.caption("There is no GGUF yet: you are talking to a model as it was trained. Export one to talk to that.")
picked = None if st.session_state.get("chat-turns") else suggestions(asked_models)
question = st.chat_input("Ask something", max_chars=20_000) or picked
if question:
    ask(question, asked_models, settings)
if st.session_state.get("chat-turns"):
    next_step("Serve it to others", "serve", model=asked_models[0]["id"])
