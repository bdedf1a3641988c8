"""What to expect before starting a job: how long it takes, and what it waits for."""

from dataclasses import replace

import streamlit as st

from app.components.actor import actor
from app.components.vocabulary import JobKind
from app.jobs.forecast import Forecast, in_words
from app.jobs.queue_ahead import ahead_of
from app.wording.markdown import as_text, cut_middle
from app.wording.numbers import plural

_ACTIVITIES = {
    JobKind.TRAIN: "training",
    JobKind.EVALUATE: "evaluating",
    JobKind.EXPORT: "exporting",
    JobKind.BENCHMARK: "measuring",
    JobKind.JUDGE: "judging",
    JobKind.PREPARE: "preparing",
    JobKind.SYNTHESIZE: "writing",
}


def before_start(kind: JobKind, forecast: Forecast) -> None:
    """Draw how long a job of this kind will take once it starts, and what it has to wait for."""
    safe = replace(forecast, scaled_from=forecast.scaled_from and as_text(forecast.scaled_from))
    st.caption(f":material/timer: {in_words(kind, safe)}")
    will_wait(kind)


def will_wait(kind: JobKind) -> None:
    """Draw what a job of this kind would wait for; nothing if it could start at once."""
    ahead = ahead_of(actor(), kind)
    if not (ahead.running or ahead.waiting):
        return
    reasons = [f"{_ACTIVITIES[JobKind(one)]} {as_text(cut_middle(name, 28))} is running" for one, name in ahead.running]
    if ahead.waiting:
        reasons.append(
            f"{plural(ahead.waiting, 'job')} {'is' if ahead.waiting == 1 else 'are'} ahead of it in the queue"
        )
    st.caption(f":material/hourglass_top: It will have to wait: {' and '.join(reasons)}.")
