"""The form that makes a dataset: source, columns, preview, cleaning, splits."""

from pathlib import Path

import streamlit as st

from app.components.actor import actor
from app.components.data.cleaning_form import cleaning_form
from app.components.data.compare_form import compare_form
from app.components.data.preview import preview_view
from app.components.data.shape import Mapped, shape_view
from app.components.data.source import Picked, choose_source, pick
from app.components.data.split_form import split_form
from app.components.data.synthesis_form import synthesis_form
from app.components.data.upload_box import reject_upload
from app.components.errors import show_error, showing_errors
from app.components.form import Form
from app.components.vocabulary import JobKind
from app.data.datasets import find_dataset
from app.data.start_preparing import start_preparing
from app.data.versions import revise
from app.jobs.forecast import Forecast, forecast_preparing
from app.plumbing.inspection import ask
from app.plumbing.places import next_name
from core.errors import CorruptArtifactError, InputError
from storage.rows import Job

_SPREAD_BY = ["topic", "source", "label"]
"""Columns of a prepared dataset that its splits can be stratified by."""


def import_form() -> None:
    """Draw the form. Inputs survive a change of source and a rejected request."""
    form = Form("data", JobKind.PREPARE)
    source = choose_source(form)
    if source == "documents":
        synthesis_form()
        return
    picked = pick(form, source)
    mapped = _mapped(form, source, picked) if picked and picked.path else None
    looked_at = _looked_at(picked, mapped)
    would_do = None
    if looked_at and source != "sample":  # samples are already clean
        with showing_errors():
            would_do = _would_do(looked_at)
    examples = st.container()
    values = cleaning_form(form, would_do)
    values |= split_form(form, mapped.columns if mapped else _SPREAD_BY, together=source != "sample")
    values |= compare_form(
        form, find_dataset(actor(), picked.values["parent"]) if source == "dataset" and picked else None
    )

    def forecast() -> Forecast:
        return forecast_preparing(actor(), source, picked.amount, values["dedupe"])

    if form.submit_button("Make the dataset", ":material/play_arrow:", forecast, _missing(picked, mapped)):
        with showing_errors(st.bottom):
            st.query_params["job"] = _start(picked, mapped, values).id
            form.clear()
            st.rerun()
    if would_do or source == "sample":  # drawn last: the first preview loads a tokenizer
        with examples:
            preview_view(looked_at, values["cleaning"])


def _mapped(form: Form, source: str, picked: Picked) -> Mapped | None:
    """The columns of the file and their roles; an unreadable file is removed from the form, with the reason."""
    try:
        return shape_view(form, picked.path, picked.title)
    except (InputError, CorruptArtifactError) as error:
        kind = {"file": "upload", "text": "pasted"}.get(source)
        if kind:
            reject_upload(form, kind, error)
        show_error(error)
        return None


def _looked_at(picked: Picked | None, mapped: Mapped | None) -> dict | None:
    """The inspector's arguments for previewing what was picked."""
    if mapped:
        named = {"shape": mapped.shape, "column_map": mapped.column_map, "good_from": mapped.good_from}
        return {"source": {"path": picked.path}} | named
    if picked and picked.prepared:
        return {"source": picked.prepared, "shape": picked.values.get("shape")}
    return None


def again_form(dataset: dict) -> None:
    """The form for a new version of `dataset` with different cleaning or splits."""
    st.caption("Makes a new version from the same rows. This one stays, so you can undo it.")
    columns = [column for column in dataset["report"].columns if column in _SPREAD_BY]
    form = Form(f"again-{dataset['id']}", JobKind.PREPARE)
    values = cleaning_form(form) | split_form(form, columns) | compare_form(form, dataset["path"])
    rows = sum(dataset["report"].splits.values())

    def forecast() -> Forecast:
        return forecast_preparing(actor(), "dataset", rows, values["dedupe"])

    if form.submit_button("Make a new version", ":material/play_arrow:", forecast, place=st):
        with showing_errors():
            job = revise(actor(), dataset["id"], **values)
            form.clear()
            st.query_params.clear()
            st.query_params["job"] = job.id
            st.rerun()


@st.cache_data(max_entries=20, show_spinner=False)
def _would_do(looked_at: dict) -> dict:
    return ask("cleaned", **looked_at)


def _missing(picked: Picked | None, mapped: Mapped | None) -> str | None:
    """What is missing before the dataset can be made, in words; None if nothing is."""
    if picked is None:
        return "Choose where the examples come from"
    if picked.path and mapped is None:
        return "Assign the columns first"
    return None


def _start(picked: Picked, mapped: Mapped | None, values: dict) -> Job:
    if mapped:
        named = {"name": next_name(JobKind.PREPARE, Path(picked.title).stem)}
        values = named | values | {"shape": mapped.shape, "column_map": mapped.column_map}
        values["good_from"] = mapped.good_from
    if picked.values["source"] == "dataset":
        return revise(actor(), picked.values["parent"], **values)
    return start_preparing(actor(), **picked.values, **values)
