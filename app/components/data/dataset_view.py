"""One dataset: verdict, findings, charts, rows, versions, download."""

import streamlit as st

from app.components.data.download import download_view
from app.components.data.draft import draft_bar
from app.components.data.figures import cleaning_view, figures_view
from app.components.data.findings import findings_view, verdict_view
from app.components.data.import_form import again_form
from app.components.data.table import table_view
from app.components.data.versions import version_banner, versions_view
from app.wording.markdown import as_text
from core.specs.results.report import DataReport

_VIEWS = ("Findings", "Figures", "Cleaning", "Rows", "Split again", "Versions", "Download")


def dataset_view(dataset: dict) -> None:
    """Draw a dataset as `app.data.datasets.dataset` describes it, in the chosen view."""
    report = dataset["report"]
    if report.unreadable:
        st.error(f"Its report cannot be read: {as_text(report.unreadable)}", icon=":material/error:")
        download_view(dataset)
        return
    verdict_view(report)
    version_banner(dataset)
    _counts(report)
    for note in [report.notice, *report.source.notes]:
        if note:
            st.caption(as_text(note))
    if compared := report.compared_with:
        st.caption(f"Checked against the validation and test rows of {as_text(', '.join(compared))}\\.")
    draft_bar(dataset["id"])
    view = st.segmented_control(
        "View",
        _VIEWS,
        default=_VIEWS[0],
        required=True,
        key=f"view-{dataset['id']}",
        persist_state="page",
        label_visibility="collapsed",
    )
    if view == "Findings":
        findings_view(dataset)
    elif view == "Figures":
        figures_view(report)
    elif view == "Cleaning":
        cleaning_view(report)
    elif view == "Rows":
        table_view(dataset)
    elif view == "Split again":
        again_form(dataset)
    elif view == "Versions":
        versions_view(dataset)
    else:
        download_view(dataset)


def _counts(report: DataReport) -> None:
    places = st.columns(5)
    for place, (split, count) in zip(places, report.splits.items(), strict=False):
        place.metric(split.capitalize(), f"{count:,}")
    places[3].metric("Duplicates dropped", f"{report.duplicates:,}")
    places[4].metric("Dropped in total", f"{report.counts.dropped:,}", help=f"of {report.counts.read:,} read")
