"""A new dataset made of examples of an evaluation: those that pass the filters, or those that a model missed."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.evaluation.browsing import Found, View, find_examples
from app.evaluation.dataset_of_examples import SPOILS, start_dataset_of
from app.wording.markdown import as_text
from app.wording.numbers import plural
from core.specs.kinds import Outcome

_FILTERED = ""
"""The choice of the filtered examples: no model can have an empty name."""


def dataset_form(evaluation, found: Found, labels: dict[str, str], key: str) -> None:
    """Draw the choice of the examples and the button; the new dataset's job is then opened."""
    choices = {_FILTERED: plural(len(found.places), "example") + " that pass the filters"}
    if found.tally.has_answers:
        missed = {name: int((found.tally.outcomes(name) == 1).sum()) for name in found.tally.cards}
        choices |= {name: f"{plural(count, 'example')} that {labels[name]} missed" for name, count in missed.items()}
    with st.expander("Make a dataset of examples", icon=":material/dataset:"):
        chosen = st.radio(
            "Which", list(choices), format_func=lambda name: as_text(choices[name]), key=f"which-{key}",
            label_visibility="collapsed",
        )  # fmt: skip
        st.markdown(f":material/warning: Each example goes in with its question and reference. {SPOILS}")
        name = st.text_input("Name of the dataset", placeholder="after the evaluation and the choice", key=f"ds-{key}")
        if st.button("Make the dataset", icon=":material/dataset:", key=f"make-{key}"):
            with showing_errors():
                asked = found if chosen == _FILTERED else _missed(evaluation, found.view, chosen)
                made = start_dataset_of(actor(), evaluation, asked, name)
                st.switch_page("pages/data.py", query_params={"job": made.id})


def _missed(evaluation, view: View, model: str) -> Found:
    return find_examples(actor(), evaluation, View(split=view.split, model=model, outcome=Outcome.MISSED))
