"""Charts of a dataset: lengths against the model's context, topics, languages, and dropped rows."""

import streamlit as st

from app.components.charts import bar_chart, histogram_chart
from app.components.data.cleaning_form import STEPS
from app.wording.markdown import as_text
from app.wording.numbers import number_text, plural
from core.specs.results.report import CleaningStep, DataReport

_SAMPLES_SHOWN = 5
_FAR = 2


def figures_view(report: DataReport) -> None:
    """Draw every chart of the report, each with its table."""
    _lengths(report)
    left, right = st.columns(2)
    with left:
        if report.topics:
            st.header("Topics", anchor=False)
            st.caption(f"By {as_text(report.topics_from)}")
            bar_chart(report.topics, x="", y="examples", key="topics")
    languages = {code: count for code, count in report.languages.items() if code != "measured"}
    with right:
        if languages:
            st.header("Languages", anchor=False)
            st.caption(f"Of {report.languages['measured']:,} examples sampled")
            bar_chart(languages, x="", y="examples", key="languages")
    if report.labels:
        st.header("Labels", anchor=False)
        bar_chart(report.labels, x="", y="examples", key="labels")
    _dropped(report)


def _lengths(report: DataReport) -> None:
    tokens = report.tokens
    st.header("Lengths", anchor=False)
    if not tokens:
        if lengths := report.lengths:
            st.caption(f"Words per example: median {lengths.median:g}, 95 % have {lengths.p95:g} or fewer")
            histogram_chart(lengths.histogram, x="words", y="examples", key="lengths")
        return
    cut_off = tokens.cut_off
    st.caption(
        f"Tokens per example for {as_text(tokens.model)}: median {number_text(tokens.median)}, 95 % have "
        f"{number_text(tokens.p95)} or fewer, longest {tokens.max:,}\\. "
        + (f"{plural(cut_off, 'example')} would be truncated" if cut_off else "None would be truncated")
        + f" at {tokens.context:,}\\."
        + (f" Measured on {tokens.measured:,}\\." if tokens.measured < report.counts.kept else "")
    )
    near = tokens.context <= _FAR * tokens.max  # a line far to the right would squeeze the bars into one
    mark = (tokens.context, "the model's context") if near else None
    histogram_chart(tokens.histogram, x="tokens", y="examples", key="lengths", mark=mark)


def _dropped(report: DataReport) -> None:
    st.header("Dropped", anchor=False)
    if not report.dropped:
        st.caption("No rows were dropped.")
        return
    bar_chart({why: entry.count for why, entry in report.dropped.items()}, x="", y="rows", key="dropped")
    rows = [
        {"Reason": why, "Rows dropped": entry.count, "First rows": ", ".join(map(str, entry.rows))}
        for why, entry in report.dropped.items()
    ]
    st.dataframe(rows, hide_index=True)


def cleaning_view(report: DataReport) -> None:
    """Draw how many rows each cleaning step changed, with samples before and after."""
    steps = report.cleaning or {step: CleaningStep(count=count) for step, count in report.cleaned.items()}
    if not steps:
        st.caption("Nothing needed cleaning.")
    for step, entry in steps.items():
        words = STEPS[step][0] if step in STEPS else step.replace("_", " ").capitalize()
        with st.expander(f"{as_text(words)} · {plural(entry.count, 'row')}"):
            samples = entry.samples[:_SAMPLES_SHOWN]
            rows = [{"Row": one.row, "Before": one.before, "After": one.after} for one in samples]
            if rows:
                st.dataframe(rows, hide_index=True)
            else:
                st.caption("No samples were kept.")
