"""States as coloured chips, and the progress of jobs; the same on every page."""

import time

import streamlit as st

from app.wording.markdown import as_text
from app.wording.times import span_text
from core.reporting import without_figures
from core.specs import JobState

_PACE = "pace-of-jobs"
"""Session key: job id to (stage, time, units done) when this session first saw the stage."""

_LOOKS = {
    ("green", ":material/check_circle:"): ("succeeded", "ready", "passed", "recommended", "good"),
    ("green", ":material/check:"): ("done",),
    ("blue", ":material/play_circle:"): ("running",),
    ("blue", ":material/hourglass_top:"): ("starting",),
    ("blue", ":material/hourglass_bottom:"): ("stopping",),
    ("blue", ":material/arrow_forward:"): ("next",),
    ("orange", ":material/pause_circle:"): ("paused",),
    ("orange", ":material/warning:"): ("not recommended", "ready with warnings", "check this", "doubtful"),
    ("red", ":material/error:"): ("failed", "must be fixed"),
    ("red", ":material/block:"): ("stopped, not shipped", "not ready", "not usable yet"),
    ("gray", ":material/schedule:"): ("queued",),
    ("gray", ":material/cancel:"): ("cancelled",),
    ("gray", ":material/stop_circle:"): ("stopped",),
    ("gray", ":material/info:"): ("good to know",),
    ("gray", ":material/help:"): ("not known yet",),
}
"""Colour and icon of the chips for these words."""
_CHIPS = {word: look for look, words in _LOOKS.items() for word in words}


def chip(word: str, help_text: str | None = None) -> None:
    """Draw the chip of a state or a verdict."""
    colour, icon = _CHIPS.get(word, ("gray", None))
    st.badge(word, icon=icon, color=colour, help=help_text)


def chip_in_table(word: str) -> str:
    """The same chip as Markdown, for a table cell."""
    colour, icon = _CHIPS.get(word, ("gray", None))
    return f":{colour}-badge[{icon or ''} {word}]"


def state_word(job) -> str:
    """The word for a job's state; a job on hold is "paused"."""
    return "paused" if job.state == JobState.QUEUED and job.hold_reason else str(job.state)


def fraction_done(job) -> float:
    """The share of the job's current stage that is done, from 0 to 1."""
    return min(1.0, job.progress_done / job.progress_total) if job.progress_total else 0.0


def seconds_left(job) -> float | None:
    """Seconds until the current stage ends, at the rate seen since this session first saw it; None until there is one.

    Each stage has its own rate: otherwise a run that loads slowly would look hours long.
    """
    now, done = time.monotonic(), job.progress_done or 0
    stage = (job.attempt, without_figures(job.stage), job.progress_total)
    seen = st.session_state.setdefault(_PACE, {}).get(job.id)
    if seen is None or seen[0] != stage or done < seen[2]:
        st.session_state[_PACE][job.id] = (stage, now, done)
        return None
    elapsed, moved = now - seen[1], done - seen[2]
    return elapsed * (job.progress_total - done) / moved if job.progress_total and moved and elapsed > 2 else None


def progress_text(job) -> str:
    """One line on a running job: stage, share done, time left."""
    parts = [as_text(job.stage or "starting")]
    if job.progress_total:
        parts.append(f"{fraction_done(job):.0%}")
    left = seconds_left(job)
    if left is not None:
        parts.append(f"about {span_text(left)} left")
    return " · ".join(parts)
