"""Long texts, folded: the beginning in view, the rest one click away."""

import streamlit as st

_CHARACTERS, _LINES = 400, 8


def long_text(text: str) -> None:
    """Draw a text literally, never as markup; a long one folded."""
    beginning = "\n".join(text[:_CHARACTERS].split("\n")[:_LINES])
    if len(beginning) == len(text):
        st.text(text)
        return
    st.text(f"{beginning} …")
    with st.expander("The whole text"):
        st.text(text)
