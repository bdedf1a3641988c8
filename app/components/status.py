"""A state as a coloured chip with a word, the same everywhere."""

from datetime import UTC, datetime

import streamlit as st

from app.components.wording import as_text, span_text
from core.jobs import JobState

_CHIPS = {
    "queued": ("gray", ":material/schedule:"),
    "running": ("blue", ":material/play_circle:"),
    "succeeded": ("green", ":material/check_circle:"),
    "failed": ("red", ":material/error:"),
    "cancelled": ("gray", ":material/cancel:"),
    "paused": ("orange", ":material/pause_circle:"),
    "starting": ("blue", ":material/hourglass_top:"),
    "stopped": ("gray", ":material/stop_circle:"),
    "ready": ("green", ":material/check_circle:"),
    "passed": ("green", ":material/check_circle:"),
    "done": ("green", ":material/check:"),
    "next": ("primary", ":material/arrow_forward:"),
}


def chip(word: str, help_text: str | None = None) -> None:
    """Draw the chip of a state, a deployment's condition or a verdict."""
    colour, icon = _CHIPS.get(word, ("gray", None))
    st.badge(word, icon=icon, color=colour, help=help_text)


def state_word(job) -> str:
    """The word for a job's state as a person would say it: a held job is paused."""
    return "paused" if job.state == JobState.QUEUED and job.hold_reason else str(job.state)


def fraction_done(job) -> float:
    """How much of the job's present stage is done, from 0 to 1."""
    return min(1.0, job.progress_done / job.progress_total) if job.progress_total else 0.0


def seconds_left(job) -> float | None:
    """Seconds until the end at the pace so far; None while there is too little to judge by."""
    done = fraction_done(job)
    if done < 0.02 or job.started_at is None:
        return None
    return (datetime.now(UTC) - job.started_at.replace(tzinfo=UTC)).total_seconds() * (1 - done) / done


def progress_text(job) -> str:
    """One line on how far a running job is: its stage, share done and time left."""
    parts = [as_text(job.stage or "starting")]
    if job.progress_total:
        parts.append(f"{fraction_done(job):.0%}")
    left = seconds_left(job)
    if left is not None:
        parts.append(f"about {span_text(left)} left")
    return " · ".join(parts)
