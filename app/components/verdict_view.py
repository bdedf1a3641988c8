"""Drawing a verdict: its sentence in the colour of its state, the advice, the notes."""

import streamlit as st

from app.components.actor import actor
from app.components.next_step import next_steps
from app.evaluation.evidence import evidence_for
from app.evaluation.verdict import State, Verdict
from app.next_steps import NextStep
from app.wording.markdown import as_text

_DRAWN = {
    State.GOOD: (st.success, ":material/check_circle:"),
    State.UNKNOWN: (st.info, ":material/help:"),
    State.DOUBTFUL: (st.warning, ":material/warning:"),
    State.BAD: (st.error, ":material/block:"),
}
_NO_EVIDENCE = "It has not been evaluated, so nobody knows how often it is right."


def verdict_view(verdict: Verdict, about: str = "") -> None:
    """Draw a verdict as a banner, and its notes; with `about`, the name of what was judged and no warnings."""
    draw, icon = _DRAWN[verdict.state]
    text = f"**{as_text(about)}**: {as_text(verdict.sentence)}" if about else f"**{as_text(verdict.sentence)}**"
    draw(f"{text}\n\n{as_text(verdict.advice)}".strip(), icon=icon)
    notes_view(verdict.notes if about else (*verdict.notes, *verdict.warnings))


def notes_view(notes: tuple[str, ...]) -> None:
    """Draw notes below verdicts as a list; nothing if there are none."""
    if notes:
        st.caption("\n".join(f"- {as_text(note)}" for note in notes))


def why_not_recommended(model: dict) -> str:
    """Why a model should not be served to others yet; empty once an evaluation calls it good."""
    evidence = evidence_for(actor(), model["reference"])
    if evidence is None:
        return _NO_EVIDENCE
    return "" if evidence.verdict.state is State.GOOD else evidence.verdict.sentence


def serve_step(model: dict) -> None:
    """Draw the step from a chat to serving the model: primary once an evaluation calls it good."""
    why = why_not_recommended(model)
    next_steps(NextStep("Serve it to others", "serve", {"model": model["id"]}, why), proved=not why)
