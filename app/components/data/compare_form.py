"""Which other datasets' evaluation rows a dataset is compared with."""

import hashlib

import streamlit as st

from app.components.form import Form
from app.data.evaluation_sets import compared_unasked, evaluation_sets
from app.wording.markdown import cut_middle


def compare_form(form: Form, parent: str | None = None) -> dict:
    """The field of PrepareSpec about other datasets' evaluation sets; nothing where the studio holds none.

    `parent` is the folder of the dataset that a next version is made of.
    """
    sets = {one["id"]: one for one in evaluation_sets(parent)}
    if not sets:
        return {}
    unasked = [one["id"] for one in compared_unasked(list(sets.values()), parent)]
    with st.expander("Evaluation sets", icon=":material/compare:"):
        chosen = st.multiselect(
            "Compare its training rows with the validation and test splits of",
            list(sets),
            format_func=lambda dataset_id: cut_middle(sets[dataset_id]["title"]),
            placeholder="Compare with none",
            help="The report names rows that do, exactly or nearly. A model that was trained on them would score too "
            "well there.",
            **form.keeps(f"compare-{_digest(parent, *sets)}", unasked, sets),  # a set made since is ticked, too
        )
    return {"compare_with": chosen}


def _digest(*words: str | None) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()[:16]
