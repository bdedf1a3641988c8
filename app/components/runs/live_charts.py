"""A training run, live: what it means once it has ended, its loss chart, the other series, how it goes in figures."""

from collections import Counter

import streamlit as st

from app.components.charts import line_chart
from app.components.job_view import refresh_seconds
from app.components.verdict_view import verdict_view
from app.components.vocabulary import JobKind
from app.evaluation.evidence import verdict_on
from app.jobs.queries import job, job_metrics, jobs
from app.wording.markdown import cut_middle
from app.wording.numbers import number_text
from core.specs import FINAL_STATES

_SMOOTHING = 0.85


_MOST_POINTS = 1200


_MOST_OVERLAID = 4


_OTHERS = {
    "Learning rate": "learning_rate",
    "Gradient norm": "grad_norm",
    "Tokens per second": "tokens_per_second",
}


def run_verdict(run) -> None:
    """What a finished run is worth."""
    verdict_view(verdict_on(run))


def training_view(job_id: str) -> None:
    """The charts of a run; refreshed every other second while it runs, drawn once when it does not."""
    often = refresh_seconds(job(job_id))
    st.fragment(_draw, run_every=often and 2 * often)(job_id)


def _draw(job_id: str) -> None:
    series = _fresh_series(job_id)
    if not any(series.values()):
        if job(job_id).state not in FINAL_STATES:
            st.caption("The first point appears after the first step.")
        return
    keeps_last = job(job_id).spec.get("keep") == "last"
    _figures(series, keeps_last)
    chosen = st.segmented_control(
        "Series", ["Loss", *_OTHERS], default="Loss", key=f"series-{job_id}", label_visibility="collapsed"
    )
    others = _overlaid(job_id)
    if chosen in _OTHERS:
        metric = _OTHERS[chosen]
        drawn = {chosen.lower(): series.get(metric, [])} | {name: one.get(metric, []) for name, one in others.items()}
        line_chart(drawn, x="step", y="", key=f"chart-{chosen}-{job_id}")
        return
    logarithmic = st.toggle("Logarithmic loss axis", key=f"log-{job_id}")
    training, validation = series.get("loss", []), series.get("eval_loss", [])
    drawn = {"training": training, "smoothed": _smoothed(training), "validation": validation}
    drawn |= {name: one.get("eval_loss") or _smoothed(one.get("loss", [])) for name, one in others.items()}
    best = _best(validation)
    mark = best and (best[0], f"best, step {best[0]:,}")
    line_chart(drawn, x="step", y="loss", key=f"chart-loss-{job_id}", log_y=logarithmic, mark=mark)


def _overlaid(job_id: str) -> dict[str, dict[str, list]]:
    """The series of the other runs that the person lays over this one, each under its run's name."""
    known = {run.id: cut_middle(run.name, 20) for run in jobs(kind=JobKind.TRAIN) if run.id != job_id}
    if not known:
        return {}
    chosen = st.multiselect(
        "Lay other runs over it",
        list(known),
        format_func=known.get,
        max_selections=_MOST_OVERLAID,
        placeholder="Their validation loss, or training loss where there is none",
        key=f"overlaid-{job_id}",
    )
    names = Counter(known[run] for run in chosen)
    return {known[run] if names[known[run]] == 1 else run: _fresh_series(run) for run in chosen}


def _figures(series: dict[str, list], keeps_last: bool) -> None:
    training, validation = series.get("loss", []), series.get("eval_loss", [])
    step, loss, lowest, speed = st.columns(4)
    step.metric("Step", f"{training[-1][0]:,}" if training else "0")
    loss.metric("Training loss", number_text(training[-1][1]) if training else "–")
    if best := _best(validation):
        change, kept = best[1] - validation[0][1], "the last step" if keeps_last else "this step"
        lowest.metric(
            "Best validation loss",
            number_text(best[1]),
            delta=f"{'+' if change > 0 else ''}{number_text(change)} from the first" if len(validation) > 1 else None,
            delta_color="inverse",
            help=f"At step {best[0]:,}. The adapter of {kept} is the one that is kept.",
        )
    if series.get("tokens_per_second"):
        speed.metric("Tokens per second", number_text(series["tokens_per_second"][-1][1]))


def _best(validation: list) -> tuple[int, float] | None:
    """The step of the lowest validation loss, and that; that of the base model before any step is none."""
    measured = [point for point in validation if point[0] > 0 and point[1] is not None]
    return min(measured, key=lambda point: point[1], default=None)


def _fresh_series(job_id: str) -> dict[str, list]:
    """All points of the run; only those not seen yet are asked of the database.

    A new attempt may have rewound the run, so what was seen is forgotten with the attempt it came from.
    """
    key, attempt = f"points-{job_id}", job(job_id).attempt
    seen = st.session_state.get(key)
    if not seen or seen["attempt"] != attempt:
        seen = st.session_state[key] = {"attempt": attempt, "last": -1, "series": {}}
    # The last step is asked for again: its validation loss arrives after its training loss.
    for name, points in job_metrics(job_id, after_step=seen["last"] - 1).items():
        known = dict(seen["series"].get(name, []))
        known.update((step, value) for step, value in points)
        seen["series"][name] = _thinned(sorted(known.items()))
    seen["last"] = max((points[-1][0] for points in seen["series"].values() if points), default=-1)
    return seen["series"]


def _thinned(points: list) -> list:
    """At most `_MOST_POINTS`, more than a chart has pixels for: of each four the lowest and highest stay, and the ends.

    Everything drawn is sent anew whenever a point is added, so that a long run would cost more and more to watch.
    """
    while len(points) > _MOST_POINTS:
        first, *between, last = points
        fours = [
            sorted(between[start : start + 4], key=lambda point: point[1] or 0) for start in range(0, len(between), 4)
        ]
        points = [first, *sorted({extreme for four in fours for extreme in (four[0], four[-1])}), last]
    return points


def _smoothed(points: list) -> list:
    """An exponential moving average, corrected for its start."""
    average, weight, out = 0.0, 0.0, []
    for step, value in points:
        average = _SMOOTHING * average + (1 - _SMOOTHING) * value
        weight = _SMOOTHING * weight + (1 - _SMOOTHING)
        out.append((step, average / weight))
    return out if len(points) > 5 else []
