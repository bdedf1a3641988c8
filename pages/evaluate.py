"""Evaluate: base and tuned on the same examples, with intervals and the answers behind every number."""

from functools import partial

import streamlit as st

from app.components.before_start import before_start
from app.components.choices import choose_dataset, choose_kept_model
from app.components.form import Form
from app.components.frame import next_step, page_top, telling_errors
from app.components.job_view import condition, follow, history, job_in_address
from app.components.scores_view import evaluation_view
from app.components.status import state_word
from app.components.wording import ago_text, number_text, plural
from app.forecast import forecast_evaluation
from app.jobs import job, jobs, standings, start_evaluating
from app.vocabulary import JobKind, Split


def ask() -> None:
    """The form: which model, which examples."""
    form = Form("evaluate", JobKind.EVALUATE)
    left, right = st.columns(2)
    with left:
        model = choose_kept_model(form, ("adapter", "gguf", "base"))
    with right:
        dataset = choose_dataset(form)
    if not (model and dataset):
        st.info("Evaluation needs a dataset and a model. Train one first, or score a base model.")
        return
    counts = dataset["report"]["splits"]
    splits = [split for split in Split if counts.get(split)] or list(Split)
    values = {
        "split": st.segmented_control(
            "Split",
            splits,
            required=True,
            format_func=lambda split: f"{split} · {plural(counts.get(split, 0), 'example')}",
            help="Test examples were never trained on.",
            **form.keeps("split", splits[-1], splits),
        )
    }
    with st.expander("Advanced", icon=":material/tune:"):
        first, second, third = st.columns(3)
        values["max_new_tokens"] = form.number(first, "max_new_tokens", "Longest answer, tokens")
        values["temperature"] = form.number(
            second, "temperature", "Temperature", step=0.1, help="0 always takes the likeliest token."
        )
        values["limit"] = form.number(third, "limit", "Examples at most", 500, 100)
        values["nearest"] = st.toggle(
            "Compare with a plain look-up",
            help="The answer of the most similar question.",
            **form.keeps("nearest", True),
        )
        values["benchmark_speed"] = st.toggle("Measure speed and memory too", **form.keeps("speed", False))
    values |= form.name()
    if not form.problems:
        examples = min(values["limit"], counts.get(values["split"], 0))
        before_start(
            JobKind.EVALUATE,
            forecast_evaluation(model["reference"], examples, values["benchmark_speed"], values["max_new_tokens"]),
        )
    if form.asks("Evaluate", ":material/fact_check:"):
        with telling_errors():
            asked = start_evaluating(model=model["reference"], dataset=dataset["path"], **values)
            form.done()
            st.query_params["job"] = asked.id
            st.rerun()


def one_evaluation(job_id: str) -> None:
    """An evaluation: live while it runs, then its scorecards and predictions."""
    st.page_link("pages/evaluate.py", label="All evaluations", icon=":material/arrow_back:")
    if follow(job_id):
        found = job(job_id)
        evaluation_view(found)
        next_step("Make GGUF files of this model", "export", model=found.spec["model"])
    history(job_id)


def earlier() -> None:
    """The evaluations so far; choosing one opens it."""
    found = jobs(kind=JobKind.EVALUATE)
    if not found:
        return
    st.header("Evaluations so far", anchor=False)
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
