"""A new run from this one: the same again, with changed settings, from a checkpoint; as a notebook or YAML."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.training.continuing import Checkpoint, checkpoints_of
from app.training.equivalents import training_yaml
from app.training.notebook import notebook_of
from app.training.run_again import changes_since, record_of, run_again, spec_of
from app.wording.markdown import as_text
from app.wording.names import file_name
from app.wording.numbers import number_text, size_text
from core.specs.results.run_record import RunRecord

_SHORT = 12
"""Digits shown of a fingerprint or a commit."""


def train_again(run) -> None:
    """Draw the ways from this run to another, here or elsewhere, and what must be the same for the same numbers."""
    record = record_of(run)
    if record:
        changes = changes_since(record)
        same = "Nothing recorded has changed: the same numbers are to be expected\\."
        st.caption(f"Since then changed: {as_text('; '.join(changes))}\\." if changes else same)
    with showing_errors():
        _whole_run(run)
        _from_checkpoint(run)
        _elsewhere(run)
    if record:
        st.table(_record_rows(record), border="horizontal")


def _whole_run(run) -> None:
    with st.container(horizontal=True):
        if st.button("Run again", icon=":material/replay:", key=f"again-{run.id}",
                     help="The same settings, data and seed; starts at once"):  # fmt: skip
            again = run_again(actor(), run.id)
            st.switch_page("pages/runs.py", query_params={"run": again.id})
        if st.button("Change settings first", icon=":material/tune:", key=f"clone-{run.id}",
                     help="The Train form opens with the settings of this run"):  # fmt: skip
            st.switch_page("pages/train.py", query_params={"clone": run.id})


def _from_checkpoint(run) -> None:
    found = checkpoints_of(actor(), run.id)
    if not found:
        st.caption("There is no checkpoint to continue from.")
        return
    labels = {one.step: _label(one) for one in found}
    choice, button = st.columns([0.6, 0.4], vertical_alignment="bottom")
    step = choice.selectbox(
        "Checkpoint", list(reversed(labels)), format_func=labels.get, key=f"from-{run.id}",
        help="The new run begins with these weights; its learning rate follows its own schedule.",
    )  # fmt: skip
    if button.button("Continue from this checkpoint", icon=":material/restart_alt:", key=f"continue-{run.id}",
                     help="The Train form opens; change what you like before you start"):  # fmt: skip
        st.switch_page("pages/train.py", query_params={"clone": run.id, "step": str(step)})


def _label(checkpoint: Checkpoint) -> str:
    measured = {"validation loss": checkpoint.validation_loss, "mean reward": checkpoint.mean_reward}
    known = [f"{name} {number_text(value, 3)}" for name, value in measured.items() if value is not None]
    return " · ".join([f"step {checkpoint.step:,}", *known, *["best"] * checkpoint.is_best])


def _elsewhere(run) -> None:
    spec = spec_of(actor(), run.id)
    with st.container(horizontal=True):
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
