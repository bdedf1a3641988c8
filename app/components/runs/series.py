"""A run's metric series, fetched incrementally and thinned for drawing."""

import streamlit as st

from app.components.actor import actor
from app.jobs.queries import job, job_metrics
from core.specs import FINAL_STATES

_SMOOTHING = 0.85
_MOST_POINTS = 1200
"""Of one series; more than a chart has pixels."""


def best_validation(validation: list) -> tuple[int, float] | None:
    """Step and value of the lowest validation loss; step 0, the base model, does not count."""
    measured = [point for point in validation if point[0] > 0 and point[1] is not None]
    return min(measured, key=lambda point: point[1], default=None)


def fresh_series(job_id: str) -> dict[str, list]:
    """All points of the run; only new ones are read from the database, and nothing once all of an ended run are here.

    A new attempt may have rewound the run, so points of an earlier attempt are discarded.
    """
    key = f"points-{job_id}"
    seen = st.session_state.get(key)
    if seen and seen["whole"]:
        return seen["series"]
    run = job(actor(), job_id)
    if not seen or seen["attempt"] != run.attempt:
        seen = st.session_state[key] = {"attempt": run.attempt, "last": -1, "series": {}, "whole": False}
    # The last step is read again: its validation loss arrives after its training loss.
    for name, points in job_metrics(actor(), job_id, after_step=seen["last"] - 1).items():
        known = dict(seen["series"].get(name, []))
        known.update((step, value) for step, value in points)
        seen["series"][name] = thinned(sorted(known.items()), _MOST_POINTS)
    seen["last"] = max((points[-1][0] for points in seen["series"].values() if points), default=-1)
    seen["whole"] = run.state in FINAL_STATES  # as it was before its points were read
    return seen["series"]


def thinned(points: list, most: int) -> list:
    """At most `most` points: the lowest and highest of every four, and both ends.

    The whole chart is sent again whenever a point is added, so a long run would cost more and more to watch.
    """
    while len(points) > most:
        first, *between, last = points
        fours = [
            sorted(between[start : start + 4], key=lambda point: point[1] or 0) for start in range(0, len(between), 4)
        ]
        points = [first, *sorted({extreme for four in fours for extreme in (four[0], four[-1])}), last]
    return points


def smoothed(points: list) -> list:
    """An exponential moving average with bias correction, of what is a number; empty for five points or fewer."""
    average, weight, out = 0.0, 0.0, []
    for step, value in points:
        if value is None:
            continue
        average = _SMOOTHING * average + (1 - _SMOOTHING) * value
        weight = _SMOOTHING * weight + (1 - _SMOOTHING)
        out.append((step, average / weight))
    return out if len(points) > 5 else []
