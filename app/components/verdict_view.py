"""What a verdict looks like: the sentence in the colour of its state, what to do about it, what else to know."""

import streamlit as st

from app.components.frame import next_steps
from app.data.reports import title_in
from app.evaluation.evidence import best_so_far, evidence_for
from app.evaluation.verdict import State, Verdict
from app.export.gguf_files import recommended_file
from app.next_steps import NextStep
from app.wording.markdown import as_text, cut_middle
from app.wording.numbers import plural

_DRAWN = {
    State.GOOD: (st.success, ":material/check_circle:"),
    State.UNKNOWN: (st.info, ":material/help:"),
    State.DOUBTFUL: (st.warning, ":material/warning:"),
    State.BAD: (st.error, ":material/block:"),
}

_NO_EVIDENCE = "It has not been evaluated: how often it is right, nobody knows yet."


def verdict_view(verdict: Verdict, about: str = "") -> None:
    """The banner on top of what a verdict is about; `about` names it on a page that is not its own, without notes."""
    draw, icon = _DRAWN[verdict.state]
    told = f"**{as_text(about)}**: {as_text(verdict.sentence)}" if about else f"**{as_text(verdict.sentence)}**"
    draw(f"{told}\n\n{as_text(verdict.advice)}".strip(), icon=icon)
    if verdict.notes and not about:
        st.caption("\n".join(f"- {as_text(note)}" for note in verdict.notes))


def best_model() -> None:
    """The best model so far with its evidence, and the ways to both."""
    if not (best := best_so_far()):
        return
    model, evidence = best
    st.header("Your best model so far", anchor=False)
    verdict_view(evidence.verdict, cut_middle(model["label"], 60))
    told = evidence.evaluation.result
    dataset = as_text(cut_middle(title_in(evidence.evaluation.spec["dataset"]), 48))
    st.caption(f"Judged by {plural(told['examples'], 'example')} of the {as_text(told['split'])} split of {dataset}\\.")
    with st.container(horizontal=True):
        query = {"job": evidence.evaluation.id}
        st.page_link("pages/evaluate.py", label="The evaluation", icon=":material/fact_check:", query_params=query)
        file = recommended_file(model["reference"])
        query = {"model": file.id if file else model["id"]}
        st.page_link("pages/chat.py", label="Chat with it", icon=":material/forum:", query_params=query)


def why_not_proved(model: dict) -> str:
    """Why a model is not offered to others yet; empty once an evaluation calls it good."""
    evidence = evidence_for(model["reference"])
    if evidence is None:
        return _NO_EVIDENCE
    return "" if evidence.verdict.state is State.GOOD else evidence.verdict.sentence


def serve_step(model: dict) -> None:
    """The button that leads from a chat to serving the model: primary once an evaluation calls it good."""
    why = why_not_proved(model)
    next_steps(NextStep("Serve it to others", "serve", {"model": model["id"]}, why), proved=not why)
