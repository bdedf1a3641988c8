"""Recording visits: opening a page is one, an open tab that redraws itself is not."""

import streamlit as st

from app.components.form import this_browser
from app.last_visit import note_visit

_OPENED = "page-opened"
"""Session key: the page last recorded."""


def page_opened(page: str) -> bool:
    """Whether the session switched to this page; if so, the visit is recorded."""
    if st.session_state.get(_OPENED) == page:
        return False
    st.session_state[_OPENED] = page
    note_visit(this_browser())
    return True
