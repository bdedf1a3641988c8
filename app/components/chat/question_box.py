"""The box to ask in, and questions to begin with."""

import streamlit as st

from app.chat.conversations import (
    ask,
    new_conversation_id,
)
from app.chat.suggestions import questions_for
from app.components.chat.conversation_list import open_conversation
from app.components.scripted import scripted
from app.wording.markdown import as_text, cut_middle
from core.errors import TunewrightError
from storage.rows import Conversation

_BOX = "chat-box"


_REFUSED = "chat-refused"
"""Session key: {text, why, put} of a question that could not be asked; `put` once it stands in the box again."""


_NEXT = "chat-next"
"""Session key: the id that the next new conversation will have."""


def suggestions(shown: Conversation | None, models: list[dict], settings: dict) -> None:
    """Questions to begin with: of the dataset that the first tuned model was made with. One picked is asked."""
    tuned = next((model for model in models if model["kind"] != "base"), models[0])
    questions = questions_for(tuned["reference"])
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
    """The box to ask in, which keeps what is typed. A question that could not be asked stands in it again, with why.

    What is sent is asked before anything is drawn: what is sent right after it interrupts the drawing.
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
        "Ask something" if models else "Choose a model to go on",
        key=_BOX,
        on_submit=_send,
        args=(_BOX, conversation_id, labels_of(models), settings),
        disabled=not models,
    )
    with st.sidebar:
        scripted("unsent", "<span hidden></span>", key="unsent")


def conversation_id_of(shown: Conversation | None) -> str:
    """The id to ask with: of the conversation that is shown, or of the one that is begun with the first question."""
    if shown:
        st.session_state.pop(_NEXT, None)
        return shown.id
    return st.session_state.setdefault(_NEXT, new_conversation_id())


def labels_of(models: list[dict]) -> dict[str, str]:
    """What is asked, as conversations hold it: labels by reference."""
    return {model["reference"]: model["label"] for model in models}


def _send(key: str, conversation_id: str, models: dict[str, str], settings: dict) -> None:
    """Ask what the widget of this key holds, and show the conversation; keep it where that cannot be."""
    question = st.session_state[key]
    if not question or not question.strip():
        return
    st.session_state.pop(_REFUSED, None)
    try:
        ask(conversation_id, question, models, settings)
        open_conversation(conversation_id)
    except TunewrightError as error:
        why = f"{error.message} {error.remedy}"
        st.session_state[_REFUSED] = {"text": question, "why": why, "of": conversation_id}


def _on_one_line(question: str) -> str:
    return as_text(cut_middle(" ".join(question.split()), 90))
