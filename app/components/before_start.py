"""What a person is told before they start something: how long it will take, and what it would wait for."""

import streamlit as st

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
    JobKind.PREPARE: ("preparation", "preparing"),
    JobKind.SYNTHESIZE: ("writing", "writing"),
}
"""One of them, and what is being done."""


def before_start(kind: JobKind, forecast: Forecast) -> None:
    """How long a job of this kind will take once it begins, and why it may have to wait before that."""
    _told(_WORDS[kind][0], forecast)
    will_wait(kind)


def _told(thing: str, forecast: Forecast) -> None:
    if forecast.seconds is None:
        told = f"How long it takes is not known yet: no {thing} like it has ended on this machine."
    elif forecast.most is not None:
        judged = f"{thing}s of {forecast.scaled_from}" if forecast.scaled_from else f"an earlier {thing}"
        told = f"Takes {between_text(forecast.seconds, forecast.most)}, judged by {as_text(judged)} on this machine."
    else:
        last = f"the last {thing}" if forecast.earlier == 1 else f"the last {forecast.earlier} {thing}s"
        told = f"Takes {about_text(forecast.seconds)}, as {last} of this model went."
    st.caption(f":material/timer: {told}")


def will_wait(kind: JobKind) -> None:
    """What a job of this kind would wait for; nothing where it could start at once."""
    ahead = ahead_of(kind)
    if not (ahead.running or ahead.waiting):
        return
    reasons = [f"{_WORDS[JobKind(one)][1]} {as_text(cut_middle(name, 28))} goes on now" for one, name in ahead.running]
    if ahead.waiting:
        reasons.append(f"{plural(ahead.waiting, 'job')} {'waits' if ahead.waiting == 1 else 'wait'} before it")
    st.caption(f":material/hourglass_top: It will wait first: {', and '.join(reasons)}.")
