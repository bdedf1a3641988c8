"""What to expect before starting a job: how long it takes, and what it waits for."""

import streamlit as st

from app.components.actor import actor
from app.components.vocabulary import JobKind
from app.jobs.forecast import Forecast
from app.jobs.queue_ahead import ahead_of
from app.wording.markdown import as_text, cut_middle
from app.wording.numbers import plural
from app.wording.times import about_text, between_text

_WORDS = {
    JobKind.TRAIN: ("run", "training"),
    JobKind.EVALUATE: ("evaluation", "evaluating"),
    JobKind.EXPORT: ("export", "exporting"),
    JobKind.BENCHMARK: ("benchmark", "measuring"),
    JobKind.JUDGE: ("judging", "judging"),
    JobKind.PREPARE: ("preparation", "preparing"),
    JobKind.SYNTHESIZE: ("synthesis", "writing"),
}
"""The noun, and the activity."""


def before_start(kind: JobKind, forecast: Forecast) -> None:
    """Draw how long a job of this kind will take once it starts, and what it has to wait for."""
    _draw_forecast(_WORDS[kind][0], forecast)
    will_wait(kind)


def _draw_forecast(thing: str, forecast: Forecast) -> None:
    if forecast.seconds is None and forecast.measuring:
        text = "No forecast yet: this machine is being timed, which takes some seconds."
    elif forecast.seconds is None:
        text = f"No forecast yet: no similar {thing} has finished on this machine."
    elif forecast.most is not None:
        judged = f"{thing}s of {forecast.scaled_from}" if forecast.scaled_from else f"an earlier {thing}"
        text = f"Takes {between_text(forecast.seconds, forecast.most)}, judging by {as_text(judged)} on this machine."
    elif not forecast.earlier:
        text = f"Takes {about_text(forecast.seconds)}, judging by this machine's speed."
    else:
        last = f"the last {thing}" if forecast.earlier == 1 else f"the last {forecast.earlier} {thing}s"
        text = f"Takes {about_text(forecast.seconds)}, like {last} of this model."
    st.caption(f":material/timer: {text}")


def will_wait(kind: JobKind) -> None:
    """Draw what a job of this kind would wait for; nothing if it could start at once."""
    ahead = ahead_of(actor(), kind)
    if not (ahead.running or ahead.waiting):
        return
    reasons = [f"{_WORDS[JobKind(one)][1]} {as_text(cut_middle(name, 28))} is running" for one, name in ahead.running]
    if ahead.waiting:
        reasons.append(
            f"{plural(ahead.waiting, 'job')} {'is' if ahead.waiting == 1 else 'are'} ahead of it in the queue"
        )
    st.caption(f":material/hourglass_top: It will have to wait: {' and '.join(reasons)}.")
