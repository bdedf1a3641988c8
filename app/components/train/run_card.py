"""The run card: what a training will read and need, what speaks against it, and one click to make it fit."""

import streamlit as st

from app.components.errors import showing_errors
from app.components.form import Form
from app.components.train.settings import LABELS, put_settings
from app.training.dataset_lengths import is_counting
from app.training.machine_speed import machine_speed
from app.training.run_card import Problem, RunCard
from app.wording.markdown import as_text
from app.wording.numbers import number_text, plural, size_text
from app.wording.times import about_text

_REFRESH_SECONDS = 3


def run_card_view(form: Form, card: RunCard, values: dict, preset: str) -> str | None:
    """Draw the card. Returns why the run should not be started as it is; None if it may be."""
    with st.container(border=True):
        steps, tokens, memory, time = st.columns(4)
        steps.metric("Steps", f"{card.steps:,}")
        steps.caption(_about_steps(card, values))
        tokens.metric("Tokens", _rounded(card.tokens))
        tokens.caption(_about_tokens(card))
        memory.metric("Peak memory", size_text(card.memory and card.memory.peak), help=_memory_help(card))
        memory.caption(f"of {card.memory_limit}")
        time.metric("Time", about_text(card.time.seconds).removeprefix("about ") if card.time.seconds else "–")
        time.caption(_about_time(card))
        st.caption(_writes(card))
        for problem in card.problems:
            _draw(problem)
        if card.lower:
            _offer(form, card.lower, values, preset)
    if card.time.measuring or is_counting():
        _await_figures(card.time.measuring, is_counting())
    return _why_not(form, card.problems)


def _about_steps(card: RunCard, values: dict) -> str:
    each = card.effective_batch if values["method"] == "grpo" else min(card.effective_batch, card.examples)
    if values.get("max_steps"):
        return f"{each:,} of {plural(card.examples, 'example')} in each"
    epochs = f"{values['epochs']:g} epoch{'' if values['epochs'] == 1 else 's'}"
    return f"{plural(card.examples, 'example')} × {epochs}, {each:,} in each step"


def _about_tokens(card: RunCard) -> str:
    if card.tokens is None:
        return "unknown until its tokenizer is here"
    return "to read in all" if card.exact else "estimated: counted by another model's tokenizer"


def _about_time(card: RunCard) -> str:
    if card.time.seconds is None:
        return "timing this machine …" if card.time.measuring else "unknown for this model"
    if not card.time.earlier:
        return "judging by this machine's speed"
    last = "the last run" if card.time.earlier == 1 else f"the last {card.time.earlier} runs"
    return f"like {last} of this model"


def _memory_help(card: RunCard) -> str | None:
    if not card.memory:
        return None
    parts = {
        "Libraries": card.memory.libraries,
        "Base weights": card.memory.weights,
        "What learns, with its optimizer": card.memory.adapter,
        "Activations of the largest batch": card.memory.activations,
        "Logits, or gradients in passing": card.memory.passing,
    }
    lines = [f"{words}: {size_text(size)}" for words, size in parts.items()]
    if card.memory.peak > card.memory.training:
        lines.append(f"Most is in use while the model is read: {size_text(card.memory.reading)} of its files.")
    return "  \n".join(lines)


def _writes(card: RunCard) -> str:
    disk = (
        f"Writes up to {size_text(card.disk_bytes)} to disk, where {size_text(card.free_bytes)} are free."
        if card.disk_bytes
        else ""
    )
    download = f"Downloads {size_text(card.download_bytes)} first. " if card.download_bytes else ""
    return as_text(f"{download}{disk}")


def _rounded(count: int | None) -> str:
    if count is None:
        return "–"
    return f"{number_text(count / 1e6)} million" if count >= 1e6 else f"{round(count, -2) or count:,}"


def _draw(problem: Problem) -> None:
    draw, icon = {
        "stop": (st.error, ":material/block:"),
        "ask": (st.warning, ":material/warning:"),
        "note": (st.info, ":material/info:"),
    }[problem.weight]
    draw(f"{as_text(problem.message)} {as_text(problem.remedy)}", icon=icon)


def _offer(form: Form, lower: dict, values: dict, preset: str) -> None:
    """One button that changes the settings so that the run fits."""
    words = [_change(name, values[name], value) for name, value in lower.items()]
    st.markdown(as_text(f"It fits with {', '.join(words)}."))
    if st.button("Use these settings", icon=":material/compress:", key="lower-settings"):
        with showing_errors():
            put_settings(form, values["model"], preset, values["method"], lower)
            st.rerun()


def _change(name: str, now: object, then: object) -> str:
    if name == "load_in_4bit":
        return "a 4-bit base model"
    if name == "tuning":
        return "an adapter instead of all weights"
    return f"{LABELS[name].partition(',')[0].lower()} {then:,} instead of {now:,}"


@st.fragment(run_every=_REFRESH_SECONDS)
def _await_figures(speed: bool, tokens: bool) -> None:
    """Draw the page again as soon as one of the awaited figures, measured in the background, is known."""
    if (tokens and not is_counting()) or (speed and machine_speed()):
        st.rerun()


def _why_not(form: Form, problems: tuple[Problem, ...]) -> str | None:
    against = [problem for problem in problems if problem.weight != "note"]
    if any(problem.weight == "stop" for problem in against):
        return next(problem.message for problem in against if problem.weight == "stop")
    if against and not st.checkbox("Start anyway", **form.bind("anyway", False)):
        return against[0].message
    return None
