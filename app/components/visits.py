"""When the person is here: whenever they open a page. What a tab left open redraws by itself is no visit."""

import streamlit as st

from app.components.form import this_browser
from app.last_visit import note_visit

_OPENED = "page-opened"
"""Session key: the page that was noted last."""


def page_opened(page: str) -> bool:
    """Whether this page is another one than the session drew before; then that the person is here is noted."""
    if st.session_state.get(_OPENED) == page:
        return False
    st.session_state[_OPENED] = page
    note_visit(this_browser())
    return True
