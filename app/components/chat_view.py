"""The conversation: its turns, how answers are drawn, and asking one or two models the same."""

from collections.abc import Iterator

import streamlit as st

from app.components.frame import show_error
from app.components.wording import as_text, cut_middle, number_text, span_text
from app.deployments import stream_chat
from app.suggestions import questions_for
from core.errors import TunewrightError

TURNS = "chat-turns"
"""Session key: a list of {question, answers: {model id: {label, text, note}}}."""


def sampling_settings() -> dict:
    """How answers are drawn, as the fields of SamplingSettings."""
    with st.expander("System prompt and sampling", icon=":material/tune:"):
        system = st.text_area("System prompt", placeholder="None", height=80, key="chat-system").strip()
        a, b, c, d, e = st.columns(5)
        settings = {
            "temperature": a.number_input(
                "Temperature", 0.0, 5.0, 0.0, 0.1, help="0 always takes the likeliest token."
            ),
            "top_p": b.number_input("Top-p", 0.01, 1.0, 0.95, 0.05, help="Draw only from the likeliest tokens."),
            "max_tokens": c.number_input("Longest answer, tokens", 1, 4096, 256),
            "seed": d.number_input("Seed", 0, 2**31 - 1, 42, help="The same seed and settings give the same answer."),
        }
        stop = e.text_input("Stop at", placeholder="text", max_chars=64)
    return settings | ({"system": system} if system else {}) | ({"stop": [stop]} if stop else {})


def suggestions(models: list[dict]) -> str | None:
    """The question picked among those to begin with: of the dataset that the first tuned one was made with."""
    tuned = next((model for model in models if model["kind"] != "base"), models[0])
    questions = questions_for(tuned["reference"])
    return st.pills("Try one of these", questions, key=f"chat-example-{tuned['id']}", format_func=_on_one_line)


def _on_one_line(question: str) -> str:
    return as_text(cut_middle(" ".join(question.split()), 90))


def conversation(models: list[dict]) -> None:
    """The turns so far. Answers are model output: shown as text, never as markup."""
    turns = st.session_state.get(TURNS, [])
    for turn in turns:
        with st.chat_message("user", avatar=":material/person:"):
            st.text(turn["question"])
        for place, answer in zip(st.columns(max(1, len(turn["answers"]))), turn["answers"].values(), strict=False):
            with place, st.chat_message("assistant", avatar=":material/graphic_eq:"):
                st.caption(as_text(answer["label"]))
                st.text(answer["text"] or "(an empty answer)")
                st.caption(answer["note"])
    if turns and st.button("New conversation", icon=":material/refresh:"):
        st.session_state[TURNS] = []
        st.rerun()


def ask(question: str, models: list[dict], settings: dict) -> None:
    """Stream the answer of each model, keep the turn, and draw the page anew."""
    with st.chat_message("user", avatar=":material/person:"):
        st.text(question)
    answers = {}
    for place, model in zip(st.columns(len(models)), models, strict=True):
        with place, st.chat_message("assistant", avatar=":material/graphic_eq:"):
            st.caption(as_text(model["label"]))
            answers[model["id"]] = _stream(question, model, settings)
    if all(answers.values()):
        st.session_state.setdefault(TURNS, []).append({"question": question, "answers": answers})
        st.rerun()


def _stream(question: str, model: dict, settings: dict) -> dict | None:
    text, last = "", None
    place = st.empty()
    try:
        with st.spinner("Loading the model; the first answer takes a few seconds", show_time=True):
            pieces = stream_chat(model["reference"], _messages(question, model["id"]), settings)
            first = next(pieces, None)
        for last in _all(first, pieces):
            text += last.text
            place.text(text)
    except TunewrightError as error:
        show_error(error)
        return None
    return {"label": model["label"], "text": text, "note": _note(last)}


def _all(first, pieces: Iterator) -> Iterator:
    if first is not None:
        yield first
        yield from pieces


def _messages(question: str, model_id: str) -> list[dict]:
    """The conversation as this model had it: its own answers, not the other one's."""
    messages = []
    for turn in st.session_state.get(TURNS, []):
        if model_id in turn["answers"]:
            messages.append({"role": "user", "content": turn["question"]})
            messages.append({"role": "assistant", "content": turn["answers"][model_id]["text"]})
    return [*messages, {"role": "user", "content": question}]


def _note(last) -> str:
    if last is None or not (last.timing and last.usage):
        return ""
    timing, usage = last.timing, last.usage
    ended = "" if last.finish_reason != "length" else " · cut at the longest answer"
    return (
        f"{usage['completion_tokens']} tokens · {number_text(timing['tokens_per_second'])} tokens/s · "
        f"first after {span_text(timing['time_to_first_token_s'])}{ended}"
    )
