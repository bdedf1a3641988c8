"""A job while it runs and once it has ended: state, progress, outcome."""

import streamlit as st

from app.components.actor import actor
from app.components.job_buttons import job_buttons
from app.components.status import chip, fraction_done, progress_text, state_word
from app.disk.usage import largest
from app.jobs.queries import job
from app.jobs.status_sentence import status_sentence
from app.wording.markdown import as_text
from app.wording.numbers import size_text
from app.wording.times import ago_text, exact_time, span_text
from core.errors import NotFoundError
from core.specs import FINAL_STATES, HoldReason, JobKind, JobState


def job_in_address(*kinds: JobKind, name: str = "job") -> str | None:
    """The id of the job that the address names under `name`, if it exists and is of these kinds; else None."""
    try:
        found = job(actor(), st.query_params.get(name, ""))
    except NotFoundError:
        return None
    return found.id if found.kind in kinds else None


def condition(job_id: str) -> tuple:
    """What the page of a job depends on, apart from progress."""
    found = job(actor(), job_id)
    return found.state, found.hold_reason, found.attempt


def refresh_seconds(found) -> int | None:
    """How often to redraw a job; None while it is on hold or once it has ended.

    The page header notices when it is resumed.
    """
    goes_on = found.state == JobState.RUNNING or (found.state == JobState.QUEUED and not found.hold_reason)
    return 2 if goes_on else None


def follow(job_id: str) -> bool:
    """Draw a job, refreshed while it runs; True once it has succeeded."""
    found = job(actor(), job_id)
    ended = found.state in FINAL_STATES
    # One fragment for both states: a refresh in flight when the job ends draws its end instead of wiping it.
    st.fragment(_state, run_every=refresh_seconds(found))(job_id, ended)
    return found.state == JobState.SUCCEEDED


def _state(job_id: str, ended: bool) -> None:
    found = job(actor(), job_id)
    if ended:
        _ended(found)
        return
    if found.state in FINAL_STATES:
        st.rerun()
    state, bar, buttons = st.columns([0.14, 0.56, 0.3], vertical_alignment="center")
    with state:
        chip(state_word(found), found.hold_reason)
    bar.progress(fraction_done(found), text=progress_text(found) if found.state == JobState.RUNNING else None)
    with buttons:
        job_buttons(found)
    st.markdown(f"**{as_text(status_sentence(actor(), found))}**")
    if found.hold_reason == HoldReason.DISK_FULL:
        _tell_full_disk(found)


def _tell_full_disk(found) -> None:
    """Draw how much space is missing, and what takes most of it."""
    takers = ", ".join(f"{as_text(place)} ({size_text(size)})" for place, size in largest())
    most = f"\n\nLargest in your workspace: {takers}\\." if takers else ""
    st.warning(f"{as_text(found.error_message)}\n\n{as_text(found.error_remedy)}{most}", icon=":material/hard_drive:")


def _ended(found) -> None:
    state, words = st.columns([0.14, 0.86], vertical_alignment="center")
    with state:
        chip(state_word(found))
    took = (found.ended_at - found.started_at).total_seconds() if found.ended_at and found.started_at else None
    words.caption(f"{ago_text(found.ended_at)}, after {span_text(took)}", help=exact_time(found.ended_at))
    if found.state == JobState.FAILED:
        remedy = as_text(found.error_remedy or "")
        st.error(f"**{as_text(status_sentence(actor(), found))}**\n\n{remedy}".strip(), icon=":material/error:")
    elif found.state == JobState.CANCELLED:
        st.markdown(f"**{as_text(status_sentence(actor(), found))}**")
