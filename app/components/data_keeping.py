"""Taking a dataset along, and throwing it away: downloads in each format, and deleting with a word of warning."""

import streamlit as st

from app.components.frame import telling_errors
from app.components.wording import as_text, plural
from app.versions import delete_dataset

_FORMATS = {"jsonl": "JSONL", "parquet": "Parquet", "csv": "CSV", "datasetdict": "DatasetDict"}


def keeping_view(dataset: dict) -> None:
    """The downloads, and the button to delete."""
    st.subheader("Download", anchor=False)
    with st.container(horizontal=True):
        for kind, words in _FORMATS.items():
            st.link_button(words, f"/api/datasets/{dataset['id']}/export?format={kind}", icon=":material/download:")
    st.caption("CSV is made for spreadsheets: cells that would be a formula there are quoted.")
    st.subheader("Delete", anchor=False)
    report = dataset["report"]
    examples = sum(report["splits"].values())
    with st.popover("Delete this version", icon=":material/delete:"):
        st.markdown(
            f"**{as_text(dataset['title'])}** with its {plural(examples, 'example')} and its report will be gone "
            "for good\\. Other versions, and models trained on it, stay\\."
        )
        if st.button("Yes, delete it", icon=":material/delete_forever:", key="delete-dataset"):
            with telling_errors():
                delete_dataset(dataset["id"])
                st.query_params.clear()
                st.rerun()
