"""A dataset's report: the verdict, then each finding with its rows and a button that fixes it."""

import streamlit as st

from app.components.actor import actor
from app.components.data.table import show_rows
from app.components.errors import showing_errors
from app.components.status import chip
from app.data.versions import revise
from app.wording.markdown import as_text
from app.wording.numbers import plural
from core.specs.results.report import DataReport, Finding

_SEVERITIES = {"error": "must be fixed", "warning": "check this", "info": "good to know"}
MENDS = {
    "drop_exact_duplicates": "Drop duplicates",
    "drop_near_duplicates": "Drop near duplicates",
    "drop_contradictions": "Drop contradictions",
    "drop_leaks": "Drop leaked rows",
    "redact_personal_data": "Redact personal data",
    "drop_too_long": "Drop rows that are too long",
    "drop_masked": "Drop these rows",
    "drop_refusals": "Drop refusals",
    "drop_truncated": "Drop truncated answers",
}
_LEFT_OUT = ("unreadable", "nulls", "lengths", "wished", "exact_duplicates", "near_duplicates")
"""Kinds of findings whose rows are no longer in the dataset, if there is nothing left to fix."""
_PAIRS_SHOWN, _ROWS_NAMED = 10, 20


def verdict_view(report: DataReport) -> None:
    """Draw whether the dataset is ready for training, and why."""
    verdict = report.verdict
    if not verdict:
        st.caption("This dataset has no verdict: it was made by an older release\\. Make a new version to get one\\.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        chip(verdict.state)
        st.markdown(as_text(" ".join(verdict.why)))


def findings_view(dataset: dict) -> None:
    """Draw every finding, most severe first."""
    found = sorted(dataset["report"].findings, key=lambda one: list(_SEVERITIES).index(one.severity))
    if not found:
        st.caption("No findings: there is nothing to check.")
    for finding in found:
        _finding(dataset, finding)


def _finding(dataset: dict, finding: Finding) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            chip(_SEVERITIES[finding.severity])
            st.markdown(f"**{as_text(finding.title)}**")
        st.caption(as_text(finding.why))
        if finding.rows or finding.mend:
            with st.container(horizontal=True):
                _buttons(dataset, finding)
        if finding.pairs:
            _pairs(dataset, finding)


def _buttons(dataset: dict, finding: Finding) -> None:
    kind = finding.kind
    if finding.mend and st.button(
        MENDS[finding.mend],
        icon=":material/healing:",
        key=f"mend-{kind}",
        help="Makes a new version of the dataset. This one stays, so you can undo it.",
    ):
        _mend(dataset, finding.mend)
    if finding.rows and not finding.mend and kind in _LEFT_OUT:
        numbers = [f"{row:,}" for row in finding.rows[:_ROWS_NAMED]]
        st.caption(f"{'Rows' if len(numbers) > 1 else 'Row'} of the file: {', '.join(numbers)}")
    elif finding.rows:
        st.button(
            f"Show {plural(len(finding.rows), 'row')}",
            icon=":material/table_rows:",
            key=f"rows-{kind}",
            on_click=show_rows,
            args=(dataset["id"], finding.title, finding.rows),
        )


def _mend(dataset: dict, mend: str) -> None:
    with showing_errors():
        job = revise(actor(), dataset["id"], mends=[mend])
        st.query_params.clear()
        st.query_params["job"] = job.id
        st.rerun()


def _pairs(dataset: dict, finding: Finding) -> None:
    with st.expander(f"{plural(len(finding.pairs), 'pair')}", icon=":material/compare:"):
        table = st.dataframe(
            [{"Row": one, "Other row": other, "Similarity": similarity} for one, other, similarity in finding.pairs],
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            key=f"pairs-{finding.kind}",
            column_config={"Similarity": st.column_config.NumberColumn(format="%.2f")},
            height=min(38 + 35 * len(finding.pairs), 38 + 35 * _PAIRS_SHOWN),
        )
        st.caption("Select a pair to see both rows.")
        if table.selection.rows:
            pair = finding.pairs[table.selection.rows[0]]
            st.button(
                f"Show rows {pair[0]} and {pair[1]}",
                icon=":material/table_rows:",
                key=f"pair-{finding.kind}",
                on_click=show_rows,
                args=(dataset["id"], finding.title, pair[:2]),
            )
