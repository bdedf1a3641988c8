"""Runs: every training run, and one of them live."""

from functools import partial

import streamlit as st

from app.components.frame import next_step, page_top
from app.components.job_view import condition, follow, history, job_in_address
from app.components.run_view import run_verdict, training_view
from app.components.status import fraction_done, state_word
from app.components.wording import ago_text, as_text, number_text
from app.jobs import job, jobs, standings
from app.vocabulary import JobKind


def one_run(job_id: str) -> None:
    """A run: its state, charts, settings, history and the next step."""
    run = job(job_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(as_text(run.name), anchor=False)
        st.page_link("pages/runs.py", label="All runs", icon=":material/arrow_back:")
    succeeded = follow(job_id)
    if succeeded and run.result:
        run_verdict(run)
    training_view(job_id)
    with st.expander("Settings of this run", icon=":material/tune:"):
        rows = [{"Setting": name, "Value": str(value)} for name, value in run.spec.items()]
        st.dataframe(rows, hide_index=True)
    history(job_id)
    if succeeded:
        next_step("Evaluate this run", "evaluate", model=job_id)


def all_runs() -> None:
    """The table of runs; choosing one opens it."""
    runs = jobs(kind=JobKind.TRAIN)
    if not runs:
        st.info("No run yet. A run teaches a model your dataset and takes some minutes.")
        next_step("Start a training", "train")
        return
    rows = [
        {
            "Run": run.name,
            "State": state_word(run),
            "Progress": fraction_done(run),
            "Best validation loss": number_text((run.result or {}).get("best_validation_loss")),
            "Model": run.spec.get("model", "unreadable"),
            "Asked for": ago_text(run.created_at),
        }
        for run in runs
    ]
    chosen = st.dataframe(
        rows,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="runs-table",
        column_config={"Progress": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)},
    )
    if chosen.selection.rows:
        st.switch_page("pages/runs.py", query_params={"run": runs[chosen.selection.rows[0]].id})
    st.caption("Select a row to open the run.")


chosen_run = job_in_address("run")
shows = partial(condition, chosen_run) if chosen_run else partial(standings, JobKind.TRAIN)
page_top("Runs", "Watch a training learn, and look back at those before it.", chosen_run, shows)
if chosen_run:
    one_run(chosen_run)
else:
    all_runs()
