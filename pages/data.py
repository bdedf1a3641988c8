"""Data: whatever a person has becomes a dataset they can trust: made, judged, mended, edited, compared."""

from functools import partial

import streamlit as st

from app.components.data_import import import_form
from app.components.data_list import all_datasets
from app.components.data_synthesis import writing_view
from app.components.data_view import dataset_view
from app.components.frame import next_step, page_top, telling_errors
from app.components.job_view import condition, follow, history, job_in_address
from app.datasets import dataset, datasets
from app.jobs import job
from app.vocabulary import JobKind


def one_dataset(reference: str) -> None:
    """A dataset with the way back and the next step."""
    st.page_link("pages/data.py", label="All datasets", icon=":material/arrow_back:")
    with telling_errors():
        found = dataset(reference)
        dataset_view(found)
        next_step("Train on it", "train", dataset=found["id"])


def one_job(job_id: str) -> None:
    """A dataset being made; when it is there, it is shown."""
    if job(job_id).kind == JobKind.SYNTHESIZE:
        writing_view(job_id)
    if follow(job_id):
        made = next((one for one in datasets() if one["job_id"] == job_id), None)
        if made:
            one_dataset(made["id"])
    else:
        st.page_link("pages/data.py", label="All datasets", icon=":material/arrow_back:")
    history(job_id)


chosen = job_in_address()
shows = partial(condition, chosen) if chosen else lambda: None
page_top("Data", "Bring what you have; see what is wrong with it, and mend it, before you train.", chosen, shows)
if chosen:
    one_job(chosen)
elif "dataset" in st.query_params:
    one_dataset(st.query_params["dataset"])
else:
    import_form()
    all_datasets()
