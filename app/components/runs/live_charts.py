"""The live view of a run, refreshed while it runs, and its verdict once it has finished."""

import streamlit as st

from app.components.actor import actor
from app.components.charts import line_chart
from app.components.job_view import refresh_seconds
from app.components.runs.compare_runs import compared_runs
from app.components.runs.curves import Axis, Curve, axes_of, curves_of
from app.components.runs.run_warnings import run_warnings
from app.components.runs.sample_answers_view import sample_answers_view
from app.components.runs.series import best_validation, fresh_series, smoothed, thinned
from app.components.verdict_view import verdict_view
from app.evaluation.evidence import verdict_on
from app.jobs.queries import job
from app.jobs.results import read_result
from app.wording.numbers import number_text, size_text
from core.specs import FINAL_STATES
from core.specs.results.train import TrainResult

_MOST_POINTS = 2000
"""In one chart, of all its curves together: the whole chart is sent again whenever a point is added."""
_SHOWN = ("Raw and smoothed", "Raw", "Smoothed")
_COUNTING_TOKENS = ("sft", "pretrain")
"""Methods whose loss is a mean over tokens."""


def run_verdict(run) -> None:
    """Draw the verdict on a finished run. Raises CorruptArtifactError when its result cannot be read."""
    read_result(run, TrainResult)
    verdict_view(verdict_on(actor(), run))


def training_view(job_id: str) -> None:
    """Draw a run's warnings, figures, charts and sample answers; again and again while it runs, once otherwise.

    Every redraw costs the browser time that a training on this machine's CPU could use, so the answers, which come at
    validations only, are drawn apart and less often.
    """
    often = refresh_seconds(job(actor(), job_id))
    st.fragment(_draw, run_every=often and 2 * often)(job_id)
    st.fragment(_answers, run_every=often and 4 * often)(job_id)


def _draw(job_id: str) -> None:
    run, series = job(actor(), job_id), fresh_series(job_id)
    run_warnings(run)
    if any(series.values()):
        _figures(series, run.spec)
        _chart(run, series)
    elif run.state not in FINAL_STATES:
        st.caption("The first point appears after the first step.")


def _answers(job_id: str) -> None:
    sample_answers_view(job(actor(), job_id))


def _figures(series: dict[str, list], spec: dict) -> None:
    training, validation = series.get("loss", []), series.get("eval_loss", [])
    rewarded = "reward" in series or "eval_reward" in series  # then the validation loss is the negative mean reward
    shown, sign = (series.get("reward", []), -1) if rewarded else (training, 1)
    step, loss, lowest, speed, memory = st.columns(5)
    step.metric("Step", f"{training[-1][0]:,}" if training else "0")
    loss.metric("Mean reward" if rewarded else "Training loss", number_text(shown[-1][1]) if shown else "–")
    title = "Best validation reward" if rewarded else "Best validation loss"
    if best := best_validation(validation):
        kept = "the last step" if spec.get("keep") == "last" else "this step"
        change = sign * (best[1] - validation[0][1])
        lowest.metric(
            title,
            number_text(sign * best[1]),
            delta=f"{'+' if change > 0 else ''}{number_text(change)} from the first" if change else None,
            delta_color="normal" if rewarded else "inverse",
            help=f"At step {best[0]:,}. The adapter of {kept} is kept.",
        )
    elif validation:  # of the base model
        lowest.metric(title, "–", help=f"Measured first after step {spec['eval_steps']:,}.")
    if series.get("tokens_per_second"):
        speed.metric("Tokens per second", number_text(series["tokens_per_second"][-1][1]))
    on_gpu = series.get("gpu_memory_bytes")
    if used := on_gpu or series.get("memory_bytes"):
        help_text = "The most that this run has taken so far."
        memory.metric("GPU memory" if on_gpu else "Memory", size_text(used[-1][1]), help=help_text)


def _chart(run, series: dict[str, list]) -> None:
    counts_tokens = run.spec.get("method", "sft") in _COUNTING_TOKENS
    curves, axes = curves_of(series, counts_tokens), axes_of(series, run.spec.get("epochs"), run.progress_total)
    first = next(iter(curves))
    title = st.segmented_control(
        "Curve", list(curves), default=first, required=True, key=f"series-{run.id}", label_visibility="collapsed"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        over = st.segmented_control("Over", list(axes), default="Step", required=True, key=f"axis-{run.id}")
        shown = st.segmented_control("Show", _SHOWN, default=_SHOWN[0], required=True, key=f"shown-{run.id}")
        logarithmic = st.toggle("Logarithmic axis", key=f"log-{run.id}")
    curve, axis = curves[title], axes[over]
    drawn = _lines(title, curve, shown, axis)
    for name, other in compared_runs(run.id).items():
        drawn[name] = _other(curves_of(other, counts_tokens).get(title), axes_of(other, None, None).get(over, axis))
    best = best_validation(series.get("eval_loss", [])) if title == first else None
    mark = best and (axis.place(best[0]), f"best, step {best[0]:,}")
    each = _MOST_POINTS // max(1, sum(map(bool, drawn.values())))
    drawn = {name: thinned(points, each) for name, points in drawn.items()}
    line_chart(drawn, x=axis.label, y=curve.unit, key=f"chart-{title}-{over}-{run.id}", log_y=logarithmic, mark=mark)


def _lines(title: str, curve: Curve, shown: str, axis: Axis) -> dict[str, list]:
    """The lines of a curve by name. Where there are too few points to smooth, they are drawn as they are."""
    smooth = smoothed(curve.training) if shown != "Raw" else []
    lines = {
        "training" if curve.validation else title.lower(): [] if smooth and shown == "Smoothed" else curve.training
    }
    lines |= {"smoothed": smooth, "validation": curve.validation}
    return {name: axis.along(points) for name, points in lines.items() if points}


def _other(curve: Curve | None, axis: Axis) -> list:
    """Another run's line: on the validation split if it has one, else in training."""
    return axis.along(curve.validation or smoothed(curve.training) or curve.training) if curve else []
