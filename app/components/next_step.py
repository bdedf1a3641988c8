"""The buttons at the foot of a page that lead to the next step of the work."""

import streamlit as st

from app.next_steps import NextStep
from app.wording.markdown import as_text


def next_step(label: str, slug: str, **query: str) -> None:
    """The button that leads to the next step of the work, in view at the foot of the page however long that is."""
    next_steps(NextStep(label, slug, query, ""))


def next_steps(main: NextStep, *quiet: NextStep, proved: bool = True) -> None:
    """The same with what is possible besides, quietly, and why it is no more than that.

    What is not `proved` to be worth doing is quiet even where it is the only step.
    """
    with st.bottom.container(horizontal=True, vertical_alignment="center"):
        for step in (main, *quiet):
            kind = "primary" if step is main and proved else "secondary"
            icon, key = ":material/arrow_forward:", f"next-{step.page}"
            if st.button(as_text(step.label), type=kind, icon=icon, key=key):
                st.switch_page(f"pages/{step.page}.py", query_params=step.query)
        if why := (*quiet, main)[0].why:
            st.caption(as_text(why))
