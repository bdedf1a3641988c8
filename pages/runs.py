"""Runs: every training run, and one of them live."""

from functools import partial

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.frame import item_header, page_header
from app.components.job_history import history
from app.components.job_view import condition, follow, job_in_address
from app.components.listing import Row, listing, warn_missing
from app.components.next_step import next_step
from app.components.runs.live_charts import run_verdict, training_view
from app.components.runs.settings_table import settings_rows
from app.components.status import fraction_done, state_word
from app.components.vocabulary import JobKind, JobState
from app.jobs.queries import job, job_count, jobs, standings
from app.jobs.results import TrainResult, result_or_none
from app.models.model_list import model_title
from app.wording.numbers import number_text


def one_run(job_id: str) -> None:
    """Draw a run: state, charts, settings, history and the next step."""
    run = job(actor(), job_id)
    item_header(run.name, "All runs", "runs")
    succeeded = follow(job_id)
    if succeeded and run.result:
        with showing_errors():
            run_verdict(run)
    training_view(job_id)
    with st.expander("Settings of this run", icon=":material/tune:"):
        st.table(settings_rows(run.spec), border="horizontal")
    history(job_id)
    if succeeded:
        next_step("Evaluate this run", "evaluate", model=job_id, dataset=run.spec.get("dataset", ""))


def all_runs() -> None:
    """Draw the list of runs."""
    warn_missing("run", "run")
    count = job_count(actor(), JobKind.TRAIN)
    if not count:
        st.info("No run yet. A run trains a model on your dataset and takes some minutes.")
        next_step("Start training", "train")
        return
    listing("All runs", "runs", count, lambda newest: map(_row, jobs(actor(), kind=JobKind.TRAIN, limit=newest)))


def _row(run) -> Row:
    facts = [model_title(actor(), run.spec.get("model", "unreadable"))]
    if run.state == JobState.RUNNING:
        facts.append(f"{fraction_done(run):.0%} done")
    result = result_or_none(run, TrainResult)
    if result and result.best_validation_loss:
        facts.append(f"best validation loss {number_text(result.best_validation_loss)}")
    return Row(run.name, {"run": run.id}, state_word(run), facts, run.created_at)


chosen_run = job_in_address(JobKind.TRAIN, name="run")
shows = partial(condition, chosen_run) if chosen_run else partial(standings, actor(), JobKind.TRAIN)
page_header("Runs", "Watch a training run, and compare it with earlier ones.", chosen_run, shows)
if chosen_run:
    one_run(chosen_run)
else:
    all_runs()
