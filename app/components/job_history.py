"""A job's events, its log, and deleting it."""

from pathlib import Path

import streamlit as st

from app.components.actor import actor
from app.components.delete_button import delete_button
from app.disk.trash import KINDS
from app.jobs.artifacts import artifacts
from app.jobs.logs import job_log, readable_lines, search_log
from app.jobs.queries import job, job_events
from app.wording.markdown import as_text
from app.wording.numbers import plural
from app.wording.times import exact_time
from core.specs import FINAL_STATES, ArtifactKind

_LINES_FOUND = 300


def history(job_id: str) -> None:
    """Draw a job's events, its log and the Delete buttons, folded."""
    with st.expander("What happened", icon=":material/history:"):
        rows = [
            {
                "When": exact_time(event.at),
                "Attempt": event.attempt,
                "What": event.message,
                "What to do": event.details.get("remedy", ""),
            }
            for event in job_events(actor(), job_id)
        ]
        st.dataframe(rows, hide_index=True)
    with st.expander("Log", icon=":material/subject:"):
        st.code(_log_text(job_id), language=None, wrap_lines=True, height=320)
        st.caption(f"Without the output of libraries. The full log is {as_text(job(actor(), job_id).log_path)}")
    found = job(actor(), job_id)
    if found.kind in KINDS:
        with st.expander("Delete", icon=":material/delete:"):
            _deleting(found)


def _log_text(job_id: str) -> str:
    """The end of the log, or the lines of it that are searched for."""
    words = st.text_input("Search the log", key=f"log-words-{job_id}", placeholder="Words that a line must have")
    if not words.strip():
        return readable_lines(job_log(actor(), job_id)) or "Nothing was logged yet."
    found = search_log(actor(), job_id, words)
    st.caption(f"{plural(len(found), 'line')} found{'; the last ones:' if len(found) > _LINES_FOUND else ''}")
    return "\n".join(found[-_LINES_FOUND:]) or "No line has these words."


def _deleting(found) -> None:
    """Draw the buttons that delete a job with what it made, and each GGUF of an export alone."""
    if found.state not in FINAL_STATES:
        st.caption("Stop it first; then you can delete it here.")
        return
    with st.container(horizontal=True):
        delete_button(KINDS[found.kind], found.id, f"Delete this {KINDS[found.kind]}")
        for artifact in artifacts(actor(), found.id):
            if artifact.kind == ArtifactKind.GGUF:
                delete_button("model", artifact.id, f"Delete {Path(artifact.path).name} only")
