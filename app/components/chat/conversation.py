"""The conversation that is shown: its turns, its settings, and what is asked in it."""

import streamlit as st

from app.chat.conversations import (
    Turn,
    answer_again,
    ask,
    ask_instead,
    bring_back,
    can_bring_back,
    new_conversation_id,
    stop,
    turns,
)
from app.chat.suggestions import questions_for
from app.components.chat.answers import announce, answer_style, draw_answers, draw_question
from app.components.chat.conversation_list import open_conversation
from app.components.frame import telling_errors
from app.components.scripted import scripted
from app.wording.markdown import as_text, cut_middle
from app.wording.numbers import plural
from core.errors import TunewrightError
from storage.rows import Conversation

_BOX = "chat-box"


_REFUSED = "chat-refused"
"""Session key: {text, why, put} of a question that could not be asked; `put` once it stands in the box again."""


_NEXT = "chat-next"
"""Session key: the id that the next new conversation will have."""


_EDITED = "chat-edited"
"""Session key: the id of the question that is being edited."""


_WATCHED = "chat-watched"
"""Session key: the conversation in which this session saw an answer come."""


_UNFOLDED = "chat-unfolded"
"""Session key: the conversation that is shown from its beginning on."""


_SHOWN_TURNS = 30


def sampling_settings(shown: Conversation | None) -> dict:
    """How answers are drawn, as the fields of SamplingSettings; to begin with, as the conversation was last asked."""
    last, of = (shown.settings, shown.id) if shown else ({}, "new")
    with st.expander("System prompt and sampling", icon=":material/tune:"):
        system = st.text_area(
            "System prompt", last.get("system", ""), placeholder="None", height=80, max_chars=20_000,
            key=f"chat-system-{of}",
        ).strip()  # fmt: skip
        a, b, c, d, e = st.columns(5)
        settings = {
            "temperature": a.number_input(
                "Temperature", 0.0, 5.0, float(last.get("temperature", 0)), 0.1, key=f"chat-temperature-{of}",
                help="0 always takes the likeliest token.",
            ),
            "top_p": b.number_input(
                "Top-p", 0.01, 1.0, float(last.get("top_p", 0.95)), 0.05, key=f"chat-top-p-{of}",
                help="Draw only from the likeliest tokens.",
            ),
            "max_tokens": c.number_input(
                "Longest answer, tokens", 1, 4096, last.get("max_tokens", 256), key=f"chat-tokens-{of}"
            ),
            "seed": d.number_input(
                "Seed", 0, 2**31 - 1, last.get("seed", 42), key=f"chat-seed-{of}",
                help="The same seed and settings give the same answer.",
            ),
        }  # fmt: skip
        stops = e.text_input(
            "Stop at", next(iter(last.get("stop", ())), ""), placeholder="text", max_chars=64, key=f"chat-stop-{of}"
        )
    return settings | ({"system": system} if system else {}) | ({"stop": [stops]} if stops else {})


def conversation_view(shown: Conversation, models: list[dict], settings: dict) -> list[Turn]:
    """Draw the turns; answers that are being written grow by themselves. Returns the turns."""
    said = turns(shown.id)
    done = next((place for place, turn in enumerate(said) if turn.is_pending), len(said))
    answer_style()
    announce(_heard(shown, said))
    for place in range(_first_shown(shown, done), done):
        can_change = done == len(said) and bool(models)
        _draw(said[place], place == len(said) - 1, can_change, labels_of(models), settings)
    if done < len(said):
        _under_way(shown.id, done)
    elif can_bring_back(shown.id) and st.button("Bring back what was there before", icon=":material/undo:"):
        with telling_errors():
            bring_back(shown.id)
            st.rerun()
    return said


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


@st.fragment(run_every=0.5)
def _under_way(conversation_id: str, done: int) -> None:
    """The turns from the first that is pending on."""
    going = turns(conversation_id)[done:]
    if not going or not going[0].is_pending:
        st.rerun()
    for turn in going:
        draw_question(turn.question)
        draw_answers(turn)
    if st.button("Stop", icon=":material/stop_circle:", key="chat-stop"):
        stop(conversation_id)
        st.rerun()


def _draw(turn: Turn, is_last: bool, can_change: bool, models: dict[str, str], settings: dict) -> None:
    """A turn that is done, with the ways to have it otherwise."""
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
        help="With the settings above and the next seed. At temperature 0 the answer stays the same.",
    ):  # fmt: skip
        seeds = [answer.settings.get("seed", 0) for answer in turn.answers]
        with telling_errors():
            answer_again(question, models, settings | {"seed": max(seeds, default=settings["seed"]) + 1})
            st.rerun()


def _edit(turn: Turn, models: dict[str, str], settings: dict) -> None:
    with st.form(f"edit-{turn.question.id}"):
        text = st.text_area("Your question", turn.question.text)
        st.caption("What follows it is put aside, and can be brought back.")
        with st.container(horizontal=True):
            sent = st.form_submit_button("Send again", type="primary", icon=":material/send:")
            left = st.form_submit_button("Leave it as it is")
    if left:
        del st.session_state[_EDITED]
        st.rerun()
    if sent:
        with telling_errors():
            ask_instead(turn.question, text, models, settings)
            del st.session_state[_EDITED]
            st.rerun()


def _first_shown(shown: Conversation, done: int) -> int:
    """The place of the first turn that is drawn: long conversations begin folded."""
    first = max(0, done - _SHOWN_TURNS)
    if not first or st.session_state.get(_UNFOLDED) == shown.id:
        return 0
    if st.button(f"Show {plural(first, 'earlier question')}", icon=":material/expand_less:"):
        st.session_state[_UNFOLDED] = shown.id
        return 0
    return first


def _heard(shown: Conversation, said: list[Turn]) -> str:
    """What screen readers are told: that an answer comes, and then the answer."""
    if said and said[-1].is_pending:
        st.session_state[_WATCHED] = shown.id
        return "The model is answering."
    if not said or st.session_state.get(_WATCHED) != shown.id:
        return ""
    return "\n".join(f"Answer of {answer.label}: {answer.text}" for answer in said[-1].answers)


def _on_one_line(question: str) -> str:
    return as_text(cut_middle(" ".join(question.split()), 90))
