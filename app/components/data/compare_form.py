"""The form field for the evaluation sets that a dataset is checked against."""

import hashlib

import streamlit as st

from app.components.actor import actor
from app.components.form import Form
from app.data.evaluation_sets import default_comparison, evaluation_sets
from app.wording.markdown import cut_middle


def compare_form(form: Form, parent: str | None = None) -> dict:
    """The `compare_with` field of PrepareSpec as chosen; nothing if there are no evaluation sets.

    `parent` is the folder of the dataset that a new version is made from.
    """
    sets = {one["id"]: one for one in evaluation_sets(actor(), parent)}
    if not sets:
        return {}
    unasked = [one["id"] for one in default_comparison(list(sets.values()), parent)]
    with st.expander("Evaluation sets", icon=":material/compare:"):
        chosen = st.multiselect(
            "Check the training rows against the validation and test splits of",
            list(sets),
            format_func=lambda dataset_id: cut_middle(sets[dataset_id]["title"]),
            placeholder="No dataset",
            help="The report lists training rows found there, exactly or nearly (data leakage). A model trained on "
            "them would score too well there.",
            **form.bind(
                f"compare-{_digest(parent, *sets)}", unasked, sets
            ),  # the key changes with the sets, so new ones are selected too
        )
    return {"compare_with": chosen}


def _digest(*words: str | None) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()[:16]
