"""Chat: talk to a GGUF, an adapter or the base model, alone or side by side."""

import streamlit as st

from app.chat.conversations import last_change
from app.components.chat.conversation import conversation_view
from app.components.chat.conversation_list import conversation_in_address, conversation_list, title_row
from app.components.chat.question_box import question_box, suggestions
from app.components.chat.sampling_settings import sampling_settings
from app.components.choices import choose_model
from app.components.frame import page_top, tab_title
from app.components.verdict_view import serve_step
from app.models.model_list import models
from app.wording.markdown import as_text

KINDS = ("gguf", "adapter", "base")


def chosen_models(asked: dict[str, str], of: str) -> list[dict]:
    """The model talked to, and the one beside it when two are compared; to begin with, those `asked` last."""
    here = {model["reference"] for model in models()}
    for gone in (label for reference, label in asked.items() if reference not in here):
        st.warning(f"{as_text(gone)} is not here any more\\. What it said stays; choose another model to go on\\.")
    last = list(asked)
    left, right = st.columns(2)
    with left:
        first = choose_model(KINDS, "Model", f"chat-first-{of}", chosen=next(iter(last), None))
    with right:
        compared = st.toggle(
            "Ask a second model the same",
            len(last) > 1,
            key=f"chat-compare-{of}",
            help="For example base beside tuned.",
        )
        second = (
            choose_model(
                ("base", "adapter", "gguf"), "Second model", f"chat-second-{of}", newest=False,
                chosen=last[1] if len(last) > 1 else None,
            )
            if compared
            else None
        )  # fmt: skip
    if not first or (compared and not second):
        return []
    return [first, second] if compared else [first]


page_top(
    "Chat",
    "Ask it what your users would ask. Every answer says how fast it came and can be had again by its seed.",
    shows=last_change,
)
shown = conversation_in_address()
with st.sidebar:
    conversation_list(shown)
if shown:
    tab_title("Chat", shown.title)
    title_row(shown)
asked_models = chosen_models(shown.models if shown else {}, shown.id if shown else "new")
settings = sampling_settings(shown)
if asked_models and len({model["id"] for model in asked_models}) < len(asked_models):
    st.warning("Both sides are the same model. Choose another one to compare with.")
said = conversation_view(shown, asked_models, settings) if shown else []
if not any(model["kind"] == "gguf" for model in models()):
    st.caption("There is no GGUF yet: you are talking to a model as it was trained. Export one to talk to that.")
question_box(shown, asked_models, settings)
if asked_models and not said:
    suggestions(shown, asked_models, settings)
if asked_models and said:
    serve_step(asked_models[0])
