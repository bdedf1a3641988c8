"""Every dataset of the studio in one table, the newest first; choosing one opens it."""

import streamlit as st

from app.components.wording import ago_text
from app.datasets import datasets


def all_datasets() -> None:
    """The table, or what to do while there is none."""
    known = datasets()
    if not known:
        st.info("No dataset yet. Press the button above: a hundred healthcare samples are ready in a few seconds.")
        return
    st.subheader("Datasets so far", anchor=False)
    chosen = st.dataframe(
        [_row(one) for one in known], hide_index=True, on_select="rerun", selection_mode="single-row", key="datasets"
    )
    st.caption("Select a row to open the dataset.")
    if chosen.selection.rows:
        st.switch_page("pages/data.py", query_params={"dataset": known[chosen.selection.rows[0]]["id"]})


def _row(dataset: dict) -> dict:
    report = dataset["report"]
    return {
        "Dataset": dataset["name"],
        "Verdict": report.get("verdict", {}).get("state", ""),
        **{split.capitalize(): count for split, count in report["splits"].items()},
        "What": report.get("version", {}).get("changes", ""),
        "Made": ago_text(dataset["created_at"]),
    }
