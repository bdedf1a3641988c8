"""The best model so far, with its evidence."""

from pathlib import Path

import streamlit as st

from app.components.actor import actor
from app.components.verdict_view import verdict_view
from app.data.reports import title_in
from app.evaluation.evidence import best_so_far
from app.export.gguf_files import recommended_file
from app.jobs.results import read_result
from app.wording.markdown import as_text, cut_middle
from app.wording.numbers import plural
from core.specs.results.evaluate import EvaluateResult


def best_model() -> None:
    """Draw the best model so far, with links to it and to its evaluation."""
    if not (best := best_so_far(actor())):
        return
    model, evidence = best
    st.header("Your best model so far", anchor=False)
    verdict_view(evidence.verdict, cut_middle(model["label"], 60))
    result = read_result(evidence.evaluation, EvaluateResult)
    spec = evidence.evaluation.spec
    asked = Path(spec["test_file"]).name if spec.get("test_file") else title_in(spec["dataset"])
    dataset = as_text(cut_middle(asked, 48))
    st.caption(f"Judged by {plural(result.examples, 'example')} of the {as_text(result.split)} split of {dataset}\\.")
    with st.container(horizontal=True):
        query = {"job": evidence.evaluation.id}
        st.page_link("pages/evaluate.py", label="Its evaluation", icon=":material/fact_check:", query_params=query)
        file = recommended_file(actor(), model["reference"])
        query = {"model": file.id if file else model["id"]}
        st.page_link("pages/chat.py", label="Chat with it", icon=":material/forum:", query_params=query)
