"""The buttons that pause, resume or stop a job."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import show_error
from app.jobs.stop_and_resume import cancel_job, discard_job, finish_job, pause_job, resume_job
from core.errors import TunewrightError
from core.specs import JobKind, JobState, StopRequest


def job_buttons(found) -> None:
    """Draw Pause or Resume, and Stop with its ways, each explained."""
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
                help=_STOPPING.get(found.stop_requested, None if running else "Only a running job can be paused"),
            )
    given_up = bool(found.stop_requested and found.stop_requested.gives_up)
    with second, st.popover("Stop", icon=":material/stop:", disabled=given_up):
        _ways_to_stop(found)


_STOPPING = {
    StopRequest.PAUSE: "Pausing at the next step",
    StopRequest.FINISH: "Finishing at the next step",
    StopRequest.CANCEL: "Stopping",
    StopRequest.DISCARD: "Stopping",
}


def _ways_to_stop(found) -> None:
    if found.kind != JobKind.TRAIN:
        st.write("Stop for good? What it has saved so far stays, but it cannot be resumed.")
        _action("Yes, stop it", ":material/stop:", cancel_job, found.id)
        return
    if found.attempt and found.stop_requested != StopRequest.FINISH:
        st.caption("Ends at the next step and publishes the best checkpoint so far: the run succeeds.")
        _action("Stop and keep", ":material/flag:", finish_job, found.id, type="primary")
    st.caption("Ends without a model. Its checkpoints stay, so that another run can start from them.")
    _action("Cancel", ":material/stop:", cancel_job, found.id)
    st.caption("Ends without a model, and deletes its checkpoints for good.")
    _action("Cancel and discard", ":material/delete_forever:", discard_job, found.id)


def _action(label: str, icon: str, act, job_id: str, **options) -> None:
    if st.button(label, icon=icon, key=f"{label}-{job_id}", **options):
        try:
            act(actor(), job_id)
        except TunewrightError as error:
            show_error(error)
        else:
            st.rerun()
