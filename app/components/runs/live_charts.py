"""The live charts of a run, and its verdict once it has finished."""

import streamlit as st

from app.components.actor import actor
from app.components.charts import line_chart
from app.components.job_view import refresh_seconds
from app.components.runs.compare_runs import compared_runs
from app.components.runs.series import best_validation, fresh_series, smoothed
from app.components.verdict_view import verdict_view
from app.evaluation.evidence import verdict_on
from app.jobs.queries import job
from app.jobs.results import read_result
from app.wording.numbers import number_text
from core.specs import FINAL_STATES
from core.specs.results.train import TrainResult

_OTHERS = {
    "Learning rate": "learning_rate",
    "Gradient norm": "grad_norm",
    "Tokens per second": "tokens_per_second",
}


def run_verdict(run) -> None:
    """Draw the verdict on a finished run. Raises CorruptArtifactError when its result cannot be read."""
    read_result(run, TrainResult)
    verdict_view(verdict_on(actor(), run))


def training_view(job_id: str) -> None:
    """Draw a run's charts: refreshed every two seconds while it runs, once otherwise."""
    often = refresh_seconds(job(actor(), job_id))
    st.fragment(_draw, run_every=often and 2 * often)(job_id)


def _draw(job_id: str) -> None:
    series = fresh_series(job_id)
    if not any(series.values()):
        if job(actor(), job_id).state not in FINAL_STATES:
            st.caption("The first point appears after the first step.")
        return
    keeps_last = job(actor(), job_id).spec.get("keep") == "last"
    _figures(series, keeps_last)
    chosen = st.segmented_control(
        "Series", ["Loss", *_OTHERS], default="Loss", key=f"series-{job_id}", label_visibility="collapsed"
    )
    others = compared_runs(job_id)
    if chosen in _OTHERS:
        metric = _OTHERS[chosen]
        drawn = {chosen.lower(): series.get(metric, [])} | {name: one.get(metric, []) for name, one in others.items()}
        line_chart(drawn, x="step", y="", key=f"chart-{chosen}-{job_id}")
        return
    logarithmic = st.toggle("Logarithmic loss axis", key=f"log-{job_id}")
    training, validation = series.get("loss", []), series.get("eval_loss", [])
    drawn = {"training": training, "smoothed": smoothed(training), "validation": validation}
    drawn |= {name: one.get("eval_loss") or smoothed(one.get("loss", [])) for name, one in others.items()}
    best = best_validation(validation)
    mark = best and (best[0], f"best, step {best[0]:,}")
    line_chart(drawn, x="step", y="loss", key=f"chart-loss-{job_id}", log_y=logarithmic, mark=mark)


def _figures(series: dict[str, list], keeps_last: bool) -> None:
    training, validation = series.get("loss", []), series.get("eval_loss", [])
    step, loss, lowest, speed = st.columns(4)
    step.metric("Step", f"{training[-1][0]:,}" if training else "0")
    loss.metric("Training loss", number_text(training[-1][1]) if training else "–")
    if best := best_validation(validation):
        change, kept = best[1] - validation[0][1], "the last step" if keeps_last else "this step"
        lowest.metric(
            "Best validation loss",
            number_text(best[1]),
            delta=f"{'+' if change > 0 else ''}{number_text(change)} from the first" if len(validation) > 1 else None,
            delta_color="inverse",
            help=f"At step {best[0]:,}. The adapter of {kept} is kept.",
        )
    if series.get("tokens_per_second"):
        speed.metric("Tokens per second", number_text(series["tokens_per_second"][-1][1]))
