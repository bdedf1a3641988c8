"""Evaluate: base and tuned model on the same examples, with intervals and the answers behind every score."""

from collections.abc import Iterable
from functools import partial

import streamlit as st

from app.components.actor import actor
from app.components.choices import choose_dataset, choose_model_in_form
from app.components.errors import showing_errors
from app.components.evaluate.download import download_link
from app.components.evaluate.scorecards import evaluation_view
from app.components.evaluate.speed import benchmark_view
from app.components.form import Form
from app.components.frame import item_header, page_header
from app.components.job_history import history
from app.components.job_view import condition, follow, job_in_address
from app.components.listing import Row, listing, warn_missing
from app.components.next_step import next_step, next_steps
from app.components.status import state_word
from app.components.vocabulary import JobKind, Split
from app.data.datasets import datasets
from app.evaluation.evidence import verdict_on
from app.evaluation.start_evaluating import start_evaluating
from app.jobs.forecast import Forecast, forecast_evaluation
from app.jobs.queries import job, job_count, jobs, standings
from app.jobs.results import EvaluateResult, result_or_none
from app.next_steps import steps_after_evaluation
from app.wording.numbers import plural

START = ("Evaluate", ":material/fact_check:")
SPLITS = {
    Split.TRAIN: "The model was trained on these: its answers say nothing about new questions.",
    Split.VALIDATION: "Not trained on, but used to pick the best step, so the scores are slightly too good.",
    Split.TEST: "Held out from training: these show how it answers new questions.",
}


def ask() -> None:
    """Draw the form: which model, which examples."""
    if not datasets(actor()):
        st.info("An evaluation asks a model the questions of a dataset. Make a dataset first.")
        next_step("Make a dataset", "data")
        return
    form = Form("evaluate", JobKind.EVALUATE)
    left, right = st.columns(2)
    with left:
        model = choose_model_in_form(form, ("adapter", "gguf", "base"))
    with right:
        dataset = choose_dataset(form)
    if not (model and dataset):
        form.submit_button(*START, Forecast, "Choose a model and a dataset")
        return
    counts = dataset["report"].splits
    splits = [split for split in Split if counts.get(split)] or list(Split)
    values = {"split": choose_split(form, splits, counts)}
    with st.expander("Advanced", icon=":material/tune:"):
        first, second, third = st.columns(3)
        values["max_new_tokens"] = form.number(first, "max_new_tokens", "Maximum answer length, tokens")
        values["temperature"] = form.number(
            second,
            "temperature",
            "Temperature",
            step=0.1,
            help="Randomness. 0 is greedy decoding: always the likeliest token.",
        )
        values["limit"] = form.number(third, "limit", "Maximum examples", 500, 100)
        values["nearest"] = st.toggle(
            "Compare with a plain look-up",
            help="Also score what costs nothing: the training answer of the most similar question (nearest neighbour).",
            **form.bind("nearest", True),
        )
        values["benchmark_speed"] = st.toggle("Measure speed and memory too", **form.bind("speed", False))
    values |= form.name()

    def forecast() -> Forecast:
        examples = min(values["limit"], counts.get(values["split"], 0))
        return forecast_evaluation(
            actor(), model["reference"], examples, values["benchmark_speed"], values["max_new_tokens"]
        )

    if form.submit_button(*START, forecast):
        with showing_errors(st.bottom):
            asked = start_evaluating(actor(), model=model["reference"], dataset=dataset["path"], **values)
            form.clear()
            st.query_params["job"] = asked.id
            st.rerun()


def choose_split(form: Form, splits: list[Split], counts: dict[str, int]) -> Split:
    """Choose a split, with a line on what its scores mean."""
    words = {split: f"{split} · {plural(counts.get(split, 0), 'example')}" for split in splits}
    chosen = splits[-1]
    if len(splits) > 1:
        kept = form.bind("split", chosen, splits)
        chosen = st.segmented_control("Split", splits, required=True, format_func=words.get, **kept)
    else:
        st.markdown(f"Split: **{words[chosen]}**")
    st.caption(SPLITS[chosen])
    return chosen


def one_evaluation(job_id: str) -> None:
    """Draw an evaluation: its progress, then its scorecards and answers."""
    item_header(job(actor(), job_id).name, "All evaluations", "evaluate")
    if follow(job_id):
        found = job(actor(), job_id)
        with showing_errors():
            if found.kind == JobKind.BENCHMARK:
                benchmark_view(found)
                download_link(job_id, "benchmark.json", "Download the figures")
            else:
                evaluation_view(found)
                download_link(job_id, "predictions.json", "Download the answers")
                if steps := steps_after_evaluation(actor(), found):
                    next_steps(*steps)
    history(job_id)


def earlier() -> None:
    """Draw the list of evaluations."""
    if count := job_count(actor(), JobKind.EVALUATE):
        listing("All evaluations", "evaluate", count, _rows)


def _rows(newest: int) -> Iterable[Row]:
    return map(_row, jobs(actor(), kind=JobKind.EVALUATE, limit=newest))


def _row(one) -> Row:
    result, verdict = result_or_none(one, EvaluateResult), verdict_on(actor(), one)
    facts = [plural(result.examples, f"{result.split} example"), verdict.sentence] if result and verdict else []
    return Row(one.name, {"job": one.id}, state_word(one), facts, one.created_at)


chosen = job_in_address(JobKind.EVALUATE, JobKind.BENCHMARK)
shows = partial(condition, chosen) if chosen else partial(standings, actor(), JobKind.EVALUATE)
page_header("Evaluate", "See whether it got better: base and tuned model, same examples, same metrics.", chosen, shows)
if chosen:
    one_evaluation(chosen)
else:
    if not warn_missing("evaluation", "job"):
        ask()
    earlier()
