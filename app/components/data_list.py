"""Every dataset of the studio in one table, the newest first; choosing one opens it."""

import streamlit as st

from app.components.wording import ago_text
from app.datasets import datasets


def all_datasets() -> None:
    """The table, with the newest version of each; what to do while there is none."""
    known = list({one["root"]: one for one in reversed(datasets())}.values())[::-1]
    if not known:
        st.info(
            "No dataset yet: what you make will stand here. To look around first, make samples; that takes seconds."
        )
        return
    st.header("Datasets so far", anchor=False)
    chosen = st.dataframe(
        [_row(one) for one in known], hide_index=True, on_select="rerun", selection_mode="single-row", key="datasets"
    )
    st.caption("Select a row to open the dataset.")
    if chosen.selection.rows:
        st.switch_page("pages/data.py", query_params={"dataset": known[chosen.selection.rows[0]]["id"]})


def _row(dataset: dict) -> dict:
    report = dataset["report"]
    return {
        "Dataset": dataset["root"],
        "Verdict": report.get("verdict", {}).get("state", ""),
        **{split.capitalize(): count for split, count in report["splits"].items()},
        "Version": dataset["version"],
        "Made": ago_text(dataset["created_at"]),
    }
