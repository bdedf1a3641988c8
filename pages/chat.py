"""Chat: talk to a GGUF, an adapter or the base model, alone or side by side."""

from functools import partial

import streamlit as st

from app.chat.conversations import last_change
from app.components.actor import actor
from app.components.chat.conversation import conversation_view
from app.components.chat.conversation_list import conversation_in_address, conversation_list, title_row
from app.components.chat.question_box import question_box, suggestions
from app.components.chat.sampling_settings import sampling_settings
from app.components.choices import choose_model
from app.components.frame import page_header, tab_title
from app.components.verdict_view import serve_step
from app.models.model_list import models
from app.wording.markdown import as_text

KINDS = ("gguf", "adapter", "base")


def chosen_models(asked: dict[str, str], of: str) -> list[dict]:
    """The chosen model, or two to compare; the default is those `asked` last."""
    here = {model["reference"] for model in models(actor())}
    for gone in (label for reference, label in asked.items() if reference not in here):
        st.warning(f"{as_text(gone)} no longer exists\\. Its answers stay; choose another model to continue\\.")
    last = list(asked)
    left, right = st.columns(2)
    with left:
        first = choose_model(KINDS, "Model", f"chat-first-{of}", chosen=next(iter(last), None))
    with right:
        compared = st.toggle(
            "Compare with a second model",
            len(last) > 1,
            key=f"chat-compare-{of}",
            help="Both answer every question, for example base and tuned.",
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


page_header(
    "Chat",
    "Ask it what your users would ask. Every answer shows its speed and the seed that reproduces it.",
    shows=partial(last_change, actor()),
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
    st.warning("Both sides are the same model. Choose a different one to compare with.")
said = conversation_view(shown, asked_models, settings) if shown else []
if not any(model["kind"] == "gguf" for model in models(actor())):
    st.caption(
        "There is no GGUF yet: you are chatting with a model as it was trained. Export it to chat with its GGUF."
    )
question_box(shown, asked_models, settings)
if asked_models and not said:
    suggestions(shown, asked_models, settings)
if asked_models and said:
    serve_step(asked_models[0])
