"""The buttons at the foot of a page that lead to the next step."""

import streamlit as st

from app.next_steps import NextStep
from app.wording.markdown import as_text


def next_step(label: str, slug: str, **query: str) -> None:
    """Draw the button to the next step, pinned to the foot of the page."""
    next_steps(NextStep(label, slug, query, ""))


def next_steps(main: NextStep, *quiet: NextStep, proved: bool = True) -> None:
    """Draw the main step and quieter alternatives, with the reason.

    A main step that is not `proved` worthwhile is drawn quietly too.
    """
    with st.bottom.container(horizontal=True, vertical_alignment="center"):
        for step in (main, *quiet):
            kind = "primary" if step is main and proved else "secondary"
            icon, key = ":material/arrow_forward:", f"next-{step.page}"
            if st.button(as_text(step.label), type=kind, icon=icon, key=key):
                st.switch_page(f"pages/{step.page}.py", query_params=step.query)
        if why := (*quiet, main)[0].why:
            st.caption(as_text(why))
