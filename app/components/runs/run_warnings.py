"""The warnings of a run while it can still be helped, each with what to do."""

import streamlit as st

from app.components.actor import actor
from app.training.watching import warnings_of
from app.wording.markdown import as_text
from core.specs import FINAL_STATES


def run_warnings(run) -> None:
    """Draw each warning of a run that has not ended, once."""
    if run.state in FINAL_STATES:
        return
    for warning in warnings_of(actor(), run.id):
        at = f"Step {warning.step:,}: " if warning.step else ""
        st.warning(f"**{at}{as_text(warning.message)}**\n\n{as_text(warning.remedy)}", icon=":material/warning:")
