"""The buttons that pause, resume or stop a job."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import show_error
from app.jobs.cancel_pause_resume import cancel_job, pause_job, resume_job
from core.errors import TunewrightError
from core.specs import JobKind, JobState


def job_buttons(found) -> None:
    """Draw Pause or Resume, and Stop with a confirmation."""
    first, second = st.columns(2)
    with first:
        if found.hold_reason:
            _action("Resume", ":material/play_arrow:", resume_job, found.id)
        elif found.kind == JobKind.TRAIN:
            stopping = bool(found.stop_requested)
            running = found.state == JobState.RUNNING
            _action(
                "Pause",
                ":material/pause:",
                pause_job,
                found.id,
                disabled=stopping or not running,
                help="Pausing at the next step"
                if stopping
                else None
                if running
                else "Only a running job can be paused",
            )
    with second, st.popover("Stop", icon=":material/stop:", disabled=found.stop_requested == "cancel"):
        st.write("Stop for good? What it has saved so far stays, but it cannot be resumed.")
        _action("Yes, stop it", ":material/stop:", cancel_job, found.id)


def _action(label: str, icon: str, act, job_id: str, **options) -> None:
    if st.button(label, icon=icon, key=f"{label}-{job_id}", **options):
        try:
            act(actor(), job_id)
        except TunewrightError as error:
            show_error(error)
        else:
            st.rerun()
