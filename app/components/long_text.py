"""Long texts of people and models, folded: the beginning in view, the whole of it one click away."""

import streamlit as st

_CHARACTERS, _LINES = 400, 8


def long_text(text: str) -> None:
    """Draw a text as it is, never as markup; of a long one the beginning, with the whole folded beneath."""
    beginning = "\n".join(text[:_CHARACTERS].split("\n")[:_LINES])
    if len(beginning) == len(text):
        st.text(text)
        return
    st.text(f"{beginning} …")
    with st.expander("The whole text"):
        st.text(text)
