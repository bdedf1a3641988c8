"""Comparing runs: the curves of other runs over the one shown."""

from collections import Counter

import streamlit as st

from app.components.actor import actor
from app.components.runs.series import fresh_series
from app.training.runs import newest_names
from app.wording.markdown import cut_middle

_MOST_OVERLAID = 4


def compared_runs(job_id: str) -> dict[str, dict[str, list]]:
    """The series of the runs chosen to compare with, by name; by id where names are the same.

    Only the chosen runs' points are read, and only names of the others: a live view asks every two seconds.
    """
    known = {run_id: cut_middle(name, 20) for run_id, name in newest_names(actor()).items() if run_id != job_id}
    if not known:
        return {}
    chosen = st.multiselect(
        "Compare with other runs",
        list(known),
        format_func=known.get,
        max_selections=_MOST_OVERLAID,
        placeholder="Their validation curve, or the one in training if they have none",
        key=f"overlaid-{job_id}",
    )
    names = Counter(known[run] for run in chosen)
    return {known[run] if names[known[run]] == 1 else run: fresh_series(run) for run in chosen}
