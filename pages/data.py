"""Data: turn files, text or samples into a dataset; check, fix, edit and compare it."""

from functools import partial

import streamlit as st

from app.components.actor import actor
from app.components.data.dataset_list import all_datasets, dataset_in_address
from app.components.data.dataset_view import dataset_view
from app.components.data.import_form import import_form
from app.components.data.synthesis_progress import synthesis_progress
from app.components.errors import showing_errors
from app.components.frame import item_header, page_header
from app.components.job_history import history
from app.components.job_view import condition, follow, job_in_address
from app.components.listing import warn_missing
from app.components.next_step import next_step, next_steps
from app.components.vocabulary import JobKind, Split
from app.data.datasets import datasets
from app.jobs.queries import job
from app.next_steps import NextStep
from app.wording.names import job_title


def one_dataset(found: dict) -> None:
    """Draw a dataset and the next step."""
    with showing_errors():
        dataset_view(found)
        if Split.TRAIN in found["report"].splits:
            is_ready = found["report"].state != "not ready"
            next_steps(NextStep("Train on it", "train", {"dataset": found["id"]}, ""), proved=is_ready)
        elif found["report"].splits:
            next_step("Evaluate on it", "evaluate", dataset=found["id"])


def one_job(job_id: str) -> None:
    """Draw a dataset being made, and the dataset once it exists."""
    asked = job(actor(), job_id)
    item_header(job_title(asked), "All datasets", "data")
    if asked.kind == JobKind.SYNTHESIZE:
        synthesis_progress(job_id)
    if follow(job_id):
        made = next((one for one in datasets(actor()) if one["job_id"] == job_id), None)
        if made:
            one_dataset(made)
        else:
            st.warning("This dataset was deleted\\.", icon=":material/link_off:")
            all_datasets()
    history(job_id)


chosen = job_in_address(JobKind.PREPARE, JobKind.SYNTHESIZE)
shown = None if chosen else dataset_in_address()
shows = partial(condition, chosen) if chosen else lambda: None
page_header(
    "Data",
    "Bring what you have. See what is wrong with it and fix it before you train.",
    chosen,
    shows,
    thing=shown and shown["title"],
)
if chosen:
    one_job(chosen)
elif shown:
    item_header(shown["title"], "All datasets", "data")
    one_dataset(shown)
else:
    if not (warn_missing("dataset", "dataset") or warn_missing("dataset", "job")):
        import_form()
    all_datasets()
