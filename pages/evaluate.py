"""Evaluate: base and tuned on the same examples, with intervals and the answers behind every number."""

from functools import partial

import streamlit as st

from app.components.choices import choose_dataset, choose_model
from app.components.frame import next_step, page_top, telling_errors
from app.components.job_view import condition, follow, history, job_in_address
from app.components.scores_view import predictions_view, scores_view
from app.components.status import state_word
from app.components.wording import ago_text, number_text
from app.jobs import job, jobs, standings, start_evaluating
from app.vocabulary import JobKind, Split


def ask() -> None:
    """The form: which model, which examples."""
    left, right = st.columns(2)
    with left:
        model = choose_model(("adapter", "gguf", "base"))
    with right:
        dataset = choose_dataset()
    split = st.segmented_control("Split", list(Split), default=Split.TEST, help="Test examples were never trained on.")
    with st.expander("Advanced", icon=":material/tune:"):
        first, second, third = st.columns(3)
        new_tokens = first.number_input("Longest answer, tokens", 1, 8192, 256)
        temperature = second.number_input("Temperature", 0.0, 5.0, 0.0, help="0 always takes the likeliest token.")
        limit = third.number_input("Examples at most", 1, 100_000, 500)
        nearest = st.toggle("Compare with a plain look-up", True, help="The answer of the most similar question.")
        speed = st.toggle("Measure speed and memory too", False)
    if not (model and dataset):
        st.info("Evaluation needs a dataset and a model. Train one first, or score a base model.")
        return
    if st.button("Evaluate", type="primary", icon=":material/fact_check:", disabled=not split):
        with telling_errors():
            asked = start_evaluating(
                model=model["reference"],
                dataset=dataset["path"],
                split=split,
                max_new_tokens=new_tokens,
                temperature=temperature,
                limit=limit,
                nearest=nearest,
                benchmark_speed=speed,
            )
            st.query_params["job"] = asked.id
            st.rerun()


def one_evaluation(job_id: str) -> None:
    """An evaluation: live while it runs, then its scorecards and predictions."""
    st.page_link("pages/evaluate.py", label="All evaluations", icon=":material/arrow_back:")
    if follow(job_id):
        found = job(job_id)
        scores_view(found.result, job_id)
        predictions_view(found, job_id)
        next_step("Make GGUF files of this model", "export", model=found.spec["model"])
    history(job_id)


def earlier() -> None:
    """The evaluations so far; choosing one opens it."""
    found = jobs(kind=JobKind.EVALUATE)
    if not found:
        return
    st.subheader("Evaluations so far", anchor=False)
    rows = [
        {
            "Evaluation": one.name,
            "State": state_word(one),
            "Examples": (one.result or {}).get("examples"),
            "ROUGE-L base": _score(one, "base"),
            "ROUGE-L tuned": _score(one, "tuned"),
            "Asked for": ago_text(one.created_at),
        }
        for one in found
    ]
    table = st.dataframe(rows, hide_index=True, on_select="rerun", selection_mode="single-row", key="evaluations")
    if table.selection.rows:
        st.switch_page("pages/evaluate.py", query_params={"job": found[table.selection.rows[0]].id})


def _score(one, role: str) -> str:
    card = (one.result or {}).get("scorecards", {}).get(role, {})
    return number_text(card["rougeL"]["value"]) if "rougeL" in card else "–"


chosen = job_in_address()
shows = partial(condition, chosen) if chosen else partial(standings, JobKind.EVALUATE)
page_top(
    "Evaluate", "See whether it got better: the same examples, the same metrics, base beside tuned.", chosen, shows
)
if chosen:
    one_evaluation(chosen)
else:
    ask()
    earlier()
