"""Export: a model as GGUF files, each proved against its source before it is offered."""

from functools import partial

import streamlit as st

from app.components.before_start import before_start
from app.components.choices import choose_kept_model
from app.components.export_view import export_view
from app.components.form import Form
from app.components.frame import next_step, page_top, telling_errors
from app.components.job_view import condition, follow, history, job_in_address
from app.components.status import state_word
from app.components.wording import ago_text
from app.forecast import forecast_export
from app.jobs import job, jobs, standings, start_exporting
from app.vocabulary import GgufType, JobKind

REASONS = {
    "f16": "f16 · unquantized, the reference",
    "q8_0": "q8_0 · nearly lossless",
    "q5_k_m": "q5_k_m · small loss",
    "q4_k_m": "q4_k_m · recommended",
    "q4_0": "q4_0 · smallest, oldest",
}


def ask() -> None:
    """The form: which model, which types."""
    form = Form("export", JobKind.EXPORT)
    model = choose_kept_model(form, ("adapter", "base"))
    types = st.pills(
        "GGUF types",
        list(GgufType),
        selection_mode="multi",
        format_func=REASONS.get,
        help="Fewer bits are smaller and faster, and further from the source. Each file says how far.",
        **form.keeps("types", [GgufType.Q4_K_M, GgufType.Q8_0], GgufType),
    )
    benchmark = st.toggle(
        "Measure speed and perplexity of each type",
        help="Perplexity tells how unsure a model is of each next token: 1 is never, 10 is as among ten equally likely "
        "ones. A type is good where it stays close to f16's.",
        **form.keeps("benchmark", False),
    )
    name = form.name()
    if types:
        before_start(JobKind.EXPORT, forecast_export(model["reference"], types, benchmark))
    if form.asks("Export", ":material/compress:", None if types else "Choose at least one type"):
        with telling_errors():
            asked = start_exporting(
                model=model["reference"], types=types, benchmark=benchmark, test_generation=True, **name
            )
            form.done()
            st.query_params["job"] = asked.id
            st.rerun()


def one_export(job_id: str) -> None:
    """An export: live while it runs, then its files, each with its proof and its download."""
    st.page_link("pages/export.py", label="All exports", icon=":material/arrow_back:")
    if follow(job_id):
        export_view(job(job_id))
    history(job_id)


def earlier() -> None:
    """The exports so far; choosing one opens it."""
    found = jobs(kind=JobKind.EXPORT)
    if not found:
        st.info("No export yet. A GGUF is one file that runs your model on a laptop, in this chat or anywhere else.")
        return
    st.header("Exports so far", anchor=False)
    rows = [
        {
            "Export": one.name,
            "State": state_word(one),
            "Types": ", ".join(one.spec.get("types", ["unreadable"])),
            "Asked for": ago_text(one.created_at),
        }
        for one in found
    ]
    table = st.dataframe(rows, hide_index=True, on_select="rerun", selection_mode="single-row", key="exports")
    if table.selection.rows:
        st.switch_page("pages/export.py", query_params={"job": found[table.selection.rows[0]].id})


chosen = job_in_address()
shows = partial(condition, chosen) if chosen else partial(standings, JobKind.EXPORT)
page_top(
    "Export",
    "GGUF files to take home. Each says how close it is to your model; what is another model is stopped.",
    chosen,
    shows,
)
if chosen:
    one_export(chosen)
    next_step("Chat with it", "chat")
else:
    ask()
    earlier()
