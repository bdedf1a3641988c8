"""Runs: the queue, a table of every training run, one of them live, several compared, and sweeps."""

from functools import partial

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.frame import item_header, page_header
from app.components.job_history import history
from app.components.job_view import condition, follow, job_in_address
from app.components.listing import warn_missing
from app.components.next_step import next_step
from app.components.runs.annotations import annotations
from app.components.runs.comparison_view import comparison_view
from app.components.runs.live_charts import run_verdict, training_view
from app.components.runs.queue_view import queue_view
from app.components.runs.settings_table import settings_rows
from app.components.runs.sweep_view import sweep_links, sweep_state, sweep_view
from app.components.runs.table import runs_table
from app.components.runs.train_again import train_again
from app.components.vocabulary import JobKind
from app.jobs.queries import job, job_count, standings
from app.training.comparing import compare_runs
from app.training.sweeps import find_sweep, sweep_standing


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
    with st.expander("Tags and notes", icon=":material/sell:", expanded=bool(run.tags or run.notes)):
        annotations(run)
    with st.expander("Train again, here or elsewhere", icon=":material/replay:"):
        train_again(run)
    history(job_id)
    if succeeded:
        next_step("Evaluate this run", "evaluate", model=job_id, dataset=run.spec.get("dataset", ""))


def all_runs() -> None:
    """Draw the queue, the sweeps and the table of runs."""
    warn_missing("run", "run")
    warn_missing("sweep", "sweep")
    queue_view()
    if not job_count(actor(), JobKind.TRAIN):
        st.info("No run yet. A run trains a model on your dataset and takes some minutes.")
        next_step("Start training", "train")
        return
    sweep_links()
    st.header("All runs", anchor=False)
    runs_table()


chosen_run = job_in_address(JobKind.TRAIN, name="run")
chosen_sweep = find_sweep(actor(), st.query_params.get("sweep", ""))
compared = [run_id for run_id in st.query_params.get("compare", "").split(",") if run_id]
if chosen_run:
    shows = partial(condition, chosen_run)
elif chosen_sweep:
    shows = partial(sweep_state, chosen_sweep.id)
else:
    shows = partial(standings, actor(), JobKind.TRAIN)
thing = chosen_sweep.name if chosen_sweep else "Comparison" if compared else None
page_header("Runs", "Watch training runs, order the queue, compare results.", chosen_run, shows, thing)
if chosen_run:
    one_run(chosen_run)
elif chosen_sweep:
    item_header(chosen_sweep.name, "All runs", "runs")
    sweep_view(sweep_standing(actor(), chosen_sweep.id))
elif compared:
    item_header("Comparison", "All runs", "runs")
    with showing_errors():
        comparison_view(compare_runs(actor(), compared))
else:
    all_runs()
