"""One run's tags, notes and archive."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.training.runs import archive_runs, note_run, tag_runs, tags
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
