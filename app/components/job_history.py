"""What happened to a job: its events, its log, and deleting what it made."""

from pathlib import Path

import streamlit as st

from app.components.delete_button import delete_button
from app.disk.trash import KINDS
from app.jobs.artifacts import artifacts
from app.jobs.logs import job_log, readable_lines
from app.jobs.queries import job, job_events
from app.wording.markdown import as_text
from app.wording.times import exact_time
from core.specs import FINAL_STATES, ArtifactKind


def history(job_id: str) -> None:
    """What happened to a job, and the end of its log, folded away."""
    with st.expander("What happened", icon=":material/history:"):
        rows = [
            {"When": exact_time(event.at), "Attempt": event.attempt, "What": event.message}
            for event in job_events(job_id)
        ]
        st.dataframe(rows, hide_index=True)
    with st.expander("Log", icon=":material/subject:"):
        st.code(
            readable_lines(job_log(job_id)) or "Nothing was logged yet.", language=None, wrap_lines=True, height=320
        )
        st.caption(f"Without what libraries say on the way. The whole log is the file {as_text(job(job_id).log_path)}")
    found = job(job_id)
    if found.kind in KINDS:
        with st.expander("Delete", icon=":material/delete:"):
            _deleting(found)


def _deleting(found) -> None:
    """The buttons to delete what a job is to the person, and each GGUF of an export alone."""
    if found.state not in FINAL_STATES:
        st.caption("It has not ended yet. Stop it first; then it can be deleted here.")
        return
    with st.container(horizontal=True):
        delete_button(KINDS[found.kind], found.id, f"Delete this {KINDS[found.kind]}")
        for artifact in artifacts(found.id):
            if artifact.kind == ArtifactKind.GGUF:
                delete_button("model", artifact.id, f"Delete {Path(artifact.path).name} only")
