"""The link to a file that an evaluation or a benchmark left."""

from urllib.parse import quote

import streamlit as st

from app.components.actor import actor
from app.jobs.artifacts import artifacts, still_exists


def download_link(job_id: str, file: str, label: str) -> None:
    """Draw a link to a file of the job, if it still exists."""
    for found in artifacts(actor(), job_id):
        if found.path.endswith(file) and still_exists(found):
            st.link_button(label, f"/artifacts/{quote(found.id)}", icon=":material/download:")
