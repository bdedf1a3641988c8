"""Taking a dataset along, and throwing it away."""

import streamlit as st

from app.components.delete_button import delete_button

_FORMATS = {"jsonl": "JSONL", "parquet": "Parquet", "csv": "CSV", "datasetdict": "DatasetDict"}


def keeping_view(dataset: dict) -> None:
    """The downloads, and the button to delete."""
    st.header("Download", anchor=False)
    with st.container(horizontal=True):
        for kind, words in _FORMATS.items():
            st.link_button(words, f"/api/datasets/{dataset['id']}/export?format={kind}", icon=":material/download:")
    st.caption("CSV is made for spreadsheets: cells that would be a formula there are quoted.")
    st.header("Delete", anchor=False)
    delete_button("dataset", dataset["id"], "Delete this version")
    st.caption("Other versions, and models trained on it, stay.")
