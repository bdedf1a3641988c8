"""The turns of a conversation: drawn, edited, answered again."""

import streamlit as st

from app.chat.conversations import (
    Turn,
    bring_back,
    can_bring_back,
    regenerate,
    replace_question,
    stop,
    turns,
)
from app.components.actor import actor
from app.components.chat.answers import announce, answer_style, draw_answers, draw_question
from app.components.chat.question_box import labels_of
from app.components.errors import showing_errors
from app.wording.numbers import plural
from storage.rows import Conversation

_EDITED = "chat-edited"
"""Session key: the id of the question being edited."""
_WATCHED = "chat-watched"
"""Session key: the conversation in which this session saw an answer arrive."""
_UNFOLDED = "chat-unfolded"
"""Session key: the conversation shown unfolded, from its start."""
_SHOWN_TURNS = 30


def conversation_view(shown: Conversation, models: list[dict], settings: dict) -> list[Turn]:
    """Draw the turns, those being answered as they grow; returns all turns."""
    said = turns(actor(), shown.id)
    done = next((place for place, turn in enumerate(said) if turn.is_pending), len(said))
    answer_style()
    announce(_heard(shown, said))
    for place in range(_first_shown(shown, done), done):
        can_change = done == len(said) and bool(models)
        _draw(said[place], place == len(said) - 1, can_change, labels_of(models), settings)
    if done < len(said):
        _under_way(shown.id, done)
    elif can_bring_back(actor(), shown.id) and st.button("Undo the last replacement", icon=":material/undo:"):
        with showing_errors():
            bring_back(actor(), shown.id)
            st.rerun()
    return said


@st.fragment(run_every=0.5)
def _under_way(conversation_id: str, done: int) -> None:
    """Draw the turns from the first pending one."""
    going = turns(actor(), conversation_id)[done:]
    if not going or not going[0].is_pending:
        st.rerun()
    for turn in going:
        draw_question(turn.question)
        draw_answers(turn)
    if st.button("Stop", icon=":material/stop_circle:", key="chat-stop"):
        stop(actor(), conversation_id)
        st.rerun()


def _draw(turn: Turn, is_last: bool, can_change: bool, models: dict[str, str], settings: dict) -> None:
    """Draw a finished turn, with Edit and Answer again where it can be changed."""
    question = turn.question
    if st.session_state.get(_EDITED) == question.id and can_change:
        _edit(turn, models, settings)
    elif draw_question(question, can_change):
        st.session_state[_EDITED] = question.id
        st.rerun()
    draw_answers(turn)
    if not (is_last and can_change):
        return
    if st.button(
        "Answer again", icon=":material/refresh:", type="tertiary", key=f"again-{question.id}",
        help="With the settings above and the next seed. At temperature 0 the answer will be the same.",
    ):  # fmt: skip
        seeds = [answer.settings.get("seed", 0) for answer in turn.answers]
        with showing_errors():
            regenerate(actor(), question, models, settings | {"seed": max(seeds, default=settings["seed"]) + 1})
            st.rerun()


def _edit(turn: Turn, models: dict[str, str], settings: dict) -> None:
    with st.form(f"edit-{turn.question.id}"):
        text = st.text_area("Your question", turn.question.text)
        st.caption("The messages after it are set aside; you can restore them.")
        with st.container(horizontal=True):
            sent = st.form_submit_button("Send again", type="primary", icon=":material/send:")
            left = st.form_submit_button("Cancel")
    if left:
        del st.session_state[_EDITED]
        st.rerun()
    if sent:
        with showing_errors():
            replace_question(actor(), turn.question, text, models, settings)
            del st.session_state[_EDITED]
            st.rerun()


def _first_shown(shown: Conversation, done: int) -> int:
    """The index of the first turn to draw; long conversations start folded."""
    first = max(0, done - _SHOWN_TURNS)
    if not first or st.session_state.get(_UNFOLDED) == shown.id:
        return 0
    if st.button(f"Show {plural(first, 'earlier question')}", icon=":material/expand_less:"):
        st.session_state[_UNFOLDED] = shown.id
        return 0
    return first


def _heard(shown: Conversation, said: list[Turn]) -> str:
    """What screen readers announce: that an answer is coming, then the answer."""
    if said and said[-1].is_pending:
        st.session_state[_WATCHED] = shown.id
        return "The model is answering."
    if not said or st.session_state.get(_WATCHED) != shown.id:
        return ""
    return "\n".join(f"Answer of {answer.label}: {answer.text}" for answer in said[-1].answers)
