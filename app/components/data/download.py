"""Downloading and deleting a dataset."""

import streamlit as st

from app.components.delete_button import delete_button

_FORMATS = {"jsonl": "JSONL", "parquet": "Parquet", "csv": "CSV", "datasetdict": "DatasetDict"}


def download_view(dataset: dict) -> None:
    """Draw the downloads and the Delete button."""
    st.header("Download", anchor=False)
    with st.container(horizontal=True):
        for kind, words in _FORMATS.items():
            st.link_button(words, f"/api/datasets/{dataset['id']}/export?format={kind}", icon=":material/download:")
    st.caption("The CSV is safe for spreadsheets: cells that would be read as formulas are quoted.")
    st.header("Delete", anchor=False)
    delete_button("dataset", dataset["id"], "Delete this version")
    st.caption("Other versions and models trained on it stay.")
