"""A run that has not ended: its warnings, and what last disturbed it, each with what to do."""

import streamlit as st

from app.components.actor import actor
from app.training.watching import last_setback, warnings_of
from app.wording.markdown import as_text
from app.wording.times import ago_text
from core.specs import FINAL_STATES


def run_warnings(run) -> None:
    """Draw each warning of a run that has not ended, once, and what last disturbed it."""
    if run.state in FINAL_STATES:
        return
    for warning in warnings_of(actor(), run.id):
        at = f"Step {warning.step:,}: " if warning.step else ""
        st.warning(f"**{at}{as_text(warning.message)}**\n\n{as_text(warning.remedy)}", icon=":material/warning:")
    if setback := last_setback(actor(), run.id):
        at, message, remedy = setback
        st.info(f"{ago_text(at)}: **{as_text(message)}**\n\n{as_text(remedy)}", icon=":material/info:")
