"""Reproducing a run: again with one click, as a notebook or as YAML; what it was computed with."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.training.equivalents import training_yaml
from app.training.notebook import notebook_of
from app.training.run_again import changes_since, record_of, run_again, spec_of
from app.wording.markdown import as_text
from app.wording.names import file_name
from app.wording.numbers import size_text
from core.specs.results.run_record import RunRecord

_SHORT = 12
"""Digits shown of a fingerprint or a commit."""


def reproduce(run) -> None:
    """Draw the ways to train this very run again, and what must be the same for the same numbers."""
    record = record_of(run)
    if record:
        changes = changes_since(record)
        same = "Nothing recorded has changed: the same numbers are to be expected\\."
        st.caption(f"Since then changed: {as_text('; '.join(changes))}\\." if changes else same)
    with showing_errors(), st.container(horizontal=True):
        if st.button("Run again", icon=":material/replay:", key=f"again-{run.id}", help="A new run, started at once"):
            again = run_again(actor(), run.id)
            st.switch_page("pages/runs.py", query_params={"run": again.id})
        spec = spec_of(actor(), run.id)
        st.download_button(
            "Notebook",
            notebook_of(spec),
            file_name(run.name, ".ipynb"),
            "application/x-ipynb+json",
            icon=":material/menu_book:",
            key=f"notebook-{run.id}",
            help="Trains this run again in Jupyter, without the studio",
        )
        st.download_button(
            "YAML",
            training_yaml(spec.model_dump(mode="json")),
            file_name(run.name, ".yaml"),
            "application/yaml",
            icon=":material/description:",
            key=f"yaml-{run.id}",
            help="For python -m app train --config, or to load into the form",
        )
    if record:
        st.table(_record_rows(record), border="horizontal")


def _record_rows(record: RunRecord) -> list[dict[str, str]]:
    words = {
        "Dataset fingerprint": (record.dataset_fingerprint or "")[:_SHORT],
        "Base model fingerprint": (record.model_fingerprint or "")[:_SHORT],
        "Base model revision": (record.model_revision or "")[:_SHORT],
        "Seed": str(record.seed),
        "Computed in": record.computed_in or "",
        "Device": "CPU" if record.device == "cpu" else record.device,
        "Versions": ", ".join(f"{name} {number}" for name, number in record.versions.items()),
    }
    if hardware := record.hardware:
        words["Processor"] = f"{hardware.processor}, {hardware.threads} threads"
        words["Memory"] = size_text(hardware.memory_bytes)
    return [{"Recorded": name, "Value": as_text(value)} for name, value in words.items() if value]
