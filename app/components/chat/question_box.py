"""The box to ask a question in, and suggested questions."""

import streamlit as st

from app.chat.conversations import (
    ask,
    new_conversation_id,
)
from app.chat.suggestions import questions_for
from app.components.actor import actor
from app.components.chat.conversation_list import open_conversation
from app.components.scripted import scripted
from app.wording.markdown import as_text, cut_middle
from core.errors import TunewrightError
from storage.rows import Conversation

_BOX = "chat-box"
_REFUSED = "chat-refused"
"""Session key: {text, why, of, put} of a rejected question; `put` once its text is back in the box."""
_NEXT = "chat-next"
"""Session key: the id of the next new conversation."""


def suggestions(shown: Conversation | None, models: list[dict], settings: dict) -> None:
    """Suggested questions from the dataset of the first tuned model; picking one asks it."""
    tuned = next((model for model in models if model["kind"] != "base"), models[0])
    questions = questions_for(actor(), tuned["reference"])
    key = f"chat-example-{tuned['id']}"
    st.pills(
        "Try one of these",
        questions,
        key=key,
        format_func=_on_one_line,
        on_change=_send,
        args=(key, conversation_id_of(shown), labels_of(models), settings),
    )


def question_box(shown: Conversation | None, models: list[dict], settings: dict) -> None:
    """The box to ask in. A rejected question returns to it, with the reason.

    It asks in a callback, before the page is drawn, because the next message would interrupt the drawing.
    """
    conversation_id = conversation_id_of(shown)
    refused = st.session_state.get(_REFUSED)
    if shown and shown.draft and (refused or {}).get("text") != shown.draft:
        refused = st.session_state[_REFUSED] = {"text": shown.draft, "why": shown.refusal, "of": shown.id}
    if refused and refused["of"] == conversation_id:
        st.error(as_text(refused["why"]), icon=":material/error:")
        if not refused.get("put"):
            st.session_state[_BOX] = refused["text"]
            refused["put"] = True
    st.chat_input(
        "Ask something" if models else "Choose a model to continue",
        key=_BOX,
        on_submit=_send,
        args=(_BOX, conversation_id, labels_of(models), settings),
        disabled=not models,
    )
    with st.sidebar:
        scripted("unsent", "<span hidden></span>", key="unsent")


def conversation_id_of(shown: Conversation | None) -> str:
    """The id of the conversation shown, or of the one that the first question will start."""
    if shown:
        st.session_state.pop(_NEXT, None)
        return shown.id
    return st.session_state.setdefault(_NEXT, new_conversation_id())


def labels_of(models: list[dict]) -> dict[str, str]:
    """The models asked, as conversations store them: labels by reference."""
    return {model["reference"]: model["label"] for model in models}


def _send(key: str, conversation_id: str, models: dict[str, str], settings: dict) -> None:
    """Ask what the widget `key` holds and open the conversation; keep the question if it is rejected."""
    question = st.session_state[key]
    if not question or not question.strip():
        return
    st.session_state.pop(_REFUSED, None)
    try:
        ask(actor(), conversation_id, question, models, settings)
        open_conversation(conversation_id)
    except TunewrightError as error:
        why = f"{error.message} {error.remedy}"
        st.session_state[_REFUSED] = {"text": question, "why": why, "of": conversation_id}


def _on_one_line(question: str) -> str:
    return as_text(cut_middle(" ".join(question.split()), 90))
