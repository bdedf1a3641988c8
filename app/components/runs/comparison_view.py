"""Runs side by side: their curves in one chart, the settings in which they differ, their final scores."""

from collections import Counter

import streamlit as st

from app.components.actor import actor
from app.components.charts import line_chart
from app.components.evaluate.metrics import LABELS
from app.components.runs.series import smoothed
from app.components.runs.settings_table import setting_label
from app.jobs.queries import job_metrics
from app.training.comparing import Comparison
from app.wording.markdown import as_text, cut_middle
from app.wording.numbers import number_text, setting_text
from app.wording.validation import LOSS, REWARD, validation_measure

_MOST_POINTS = 2000
"""In one chart, of all curves together."""
_VALIDATION = {LOSS: ("eval_loss", "Validation loss"), REWARD: ("eval_reward", "Mean reward")}
_NAMES = {
    "loss": "Training loss", "learning_rate": "Learning rate", "grad_norm": "Gradient norm",
    "tokens_per_second": "Tokens per second",
}  # fmt: skip
_SMOOTHED = ("loss",)


def comparison_view(compared: Comparison) -> None:
    """Draw a comparison of two to eight runs."""
    titles = _titles(compared)
    with st.container(horizontal=True):
        for run, title in zip(compared.runs, titles, strict=True):
            st.page_link("pages/runs.py", label=as_text(title), query_params={"run": run.id})
    _curves(compared, titles)
    st.subheader("Scores", anchor=False)
    _table("Score", compared.scores, titles, _score_label, lambda value: number_text(value, 3))
    st.subheader("Settings that differ", anchor=False)
    if compared.settings:
        _table("Setting", compared.settings, titles, setting_label, lambda value: as_text(setting_text(value)))
    else:
        st.caption("None: these runs have the same settings.")


def _score_label(name: str) -> str:
    metric, on, examples = name.partition(" on ")
    label = LABELS.get(metric, metric)
    return f"{label[0].upper()}{label[1:]}{on}{examples}"


def _titles(compared: Comparison) -> list[str]:
    """A name for each run; its id where two have the same."""
    names = [cut_middle(run.name, 28) for run in compared.runs]
    counted = Counter(names)
    return [name if counted[name] == 1 else run.id for name, run in zip(names, compared.runs, strict=True)]


def _curves(compared: Comparison, titles: list[str]) -> None:
    measures = [validation_measure(run.spec) for run in compared.runs]
    names = dict(_VALIDATION[measure] for measure in measures) | _NAMES
    chosen = st.segmented_control(
        "Curve", list(names), default=next(iter(names)), required=True, format_func=names.get,
        key=f"compared-curve-{'-'.join(names)}", label_visibility="collapsed",
    )  # fmt: skip
    each = _MOST_POINTS // len(titles)
    drawn = {
        title: job_metrics(actor(), run.id, names=[chosen], max_points=each)[chosen]
        for title, run, measure in zip(titles, compared.runs, measures, strict=True)
        if chosen in (_VALIDATION[measure][0], *_NAMES)
    }
    if chosen in _SMOOTHED:
        drawn = {title: smoothed(points) or points for title, points in drawn.items()}
    if not any(drawn.values()):
        st.caption("None of these runs has measured that yet.")
        return
    logarithmic = st.toggle("Logarithmic axis", key="compared-log")
    key = f"compared-{chosen}-{'-'.join(run.id for run in compared.runs)}"
    line_chart(drawn, x="step", y=names[chosen].lower(), key=key, log_y=logarithmic)


def _table(what: str, rows: dict[str, tuple], titles: list[str], label, cell) -> None:
    st.table(
        [
            {what: as_text(label(name))} | {title: cell(value) for title, value in zip(titles, values, strict=True)}
            for name, values in rows.items()
        ],
        border="horizontal",
    )
