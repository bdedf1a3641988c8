"""One run's tags, notes and archive, and starting again from it."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.training.continuing import checkpoints_of
from app.training.runs import archive_runs, note_run, tag_runs, tags
from app.wording.numbers import number_text
from core.specs import FINAL_STATES


def annotations(run) -> None:
    """Draw the tags and notes of a run, to be edited, and its archive."""
    chosen = st.multiselect(
        "Tags", list(dict.fromkeys([*run.tags, *tags(actor())])), default=run.tags, accept_new_options=True,
        key=f"tags-{run.id}", placeholder="Add a tag",
    )  # fmt: skip
    notes = st.text_area("Notes", run.notes, key=f"notes-{run.id}", max_chars=4000, height=90)
    with showing_errors():
        if set(chosen) != set(run.tags):
            removed = [tag for tag in run.tags if tag not in chosen]
            tag_runs(actor(), [run.id], [tag for tag in chosen if tag not in run.tags], removed)
        if notes.strip() != run.notes:
            note_run(actor(), run.id, notes)
        if run.state in FINAL_STATES:
            words, icon = ("Out of the archive", "unarchive") if run.archived_at else ("Archive", "archive")
            if st.button(words, icon=f":material/{icon}:", help="Archived runs are out of sight, not deleted"):
                archive_runs(actor(), [run.id], archived=not run.archived_at)
                st.rerun()


def start_again(run) -> None:
    """Draw the ways to a new run from this one: its settings, or one of its checkpoints."""
    st.caption("The Train form opens with the settings of this run; change what you like before you start.")
    if st.button("Same settings, from the start", icon=":material/content_copy:", key=f"clone-{run.id}"):
        st.switch_page("pages/train.py", query_params={"clone": run.id})
    found = checkpoints_of(actor(), run.id)
    if not found:
        st.caption("There is no checkpoint to start from.")
        return
    labels = {one.step: _label(one) for one in found}
    step = st.selectbox(
        "Checkpoint", list(reversed(labels)), format_func=labels.get, key=f"from-{run.id}",
        help="The new run continues from these weights; its learning rate follows its own schedule.",
    )  # fmt: skip
    if st.button("Start from this checkpoint", icon=":material/restart_alt:", key=f"continue-{run.id}"):
        st.switch_page("pages/train.py", query_params={"clone": run.id, "step": str(step)})


def _label(checkpoint) -> str:
    loss = checkpoint.validation_loss
    return f"step {checkpoint.step:,}" + (f" · validation loss {number_text(loss, 3)}" if loss is not None else "")
