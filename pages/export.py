"""Export: a model as GGUF files, each compared with its source before it is offered."""

from functools import partial

import streamlit as st

from app.components.actor import actor
from app.components.choices import choose_model_in_form
from app.components.errors import showing_errors
from app.components.evaluate.metrics import PERPLEXITY
from app.components.export.files import export_view
from app.components.form import Form
from app.components.frame import item_header, page_header
from app.components.job_history import history
from app.components.job_view import condition, follow, job_in_address
from app.components.listing import Row, listing, warn_missing
from app.components.next_step import next_steps
from app.components.status import state_word
from app.components.vocabulary import GgufType, JobKind
from app.export.start_exporting import start_exporting
from app.jobs.forecast import forecast_export
from app.jobs.queries import job, job_count, jobs, standings
from app.next_steps import steps_after_export
from app.wording.markdown import as_text

REASONS = {
    "f16": "f16 · not quantized, the reference",
    "q8_0": "q8_0 · nearly lossless",
    "q5_k_m": "q5_k_m · small loss",
    "q4_k_m": "q4_k_m · recommended",
    "q4_0": "q4_0 · smallest, oldest",
}
FOR_WHOM = {
    "f16": "to convert or compare further",
    "q8_0": "if memory does not matter and every answer counts",
    "q5_k_m": "if q4_k_m loses too much",
    "q4_k_m": "for most uses, such as a laptop; half the size of q8_0",
    "q4_0": "for old or very small devices",
}


def ask() -> None:
    """Draw the form: which model, which types."""
    form = Form("export", JobKind.EXPORT)
    model = choose_model_in_form(form, ("adapter", "base"))
    types = st.pills(
        "GGUF types",
        list(GgufType),
        selection_mode="multi",
        format_func=REASONS.get,
        help="Quantization: fewer bits make files smaller and faster, but less exact. Each file shows the loss.",
        **form.bind("types", [GgufType.Q4_K_M, GgufType.Q8_0], GgufType),
    )
    st.caption(as_text(" · ".join(f"{kind}: {FOR_WHOM[kind]}" for kind in types)))
    benchmark = st.toggle(
        "Measure speed and perplexity of each type",
        **form.bind("benchmark", False),
    )
    st.caption(f"Perplexity: {PERPLEXITY}")
    name = form.name()
    missing = None if types and model else "Choose a model and at least one type"
    if form.submit_button(
        "Export", ":material/compress:", lambda: forecast_export(actor(), model["reference"], types, benchmark), missing
    ):
        with showing_errors(st.bottom):
            asked = start_exporting(
                actor(), model=model["reference"], types=types, benchmark=benchmark, test_generation=True, **name
            )
            form.clear()
            st.query_params["job"] = asked.id
            st.rerun()


def one_export(job_id: str) -> None:
    """Draw an export: its progress, then its files with their quality and downloads."""
    item_header(job(actor(), job_id).name, "All exports", "export")
    if follow(job_id):
        found = job(actor(), job_id)
        with showing_errors():
            export_view(found)
            if steps := steps_after_export(actor(), found):  # the verdict above names the file
                next_steps(*(step._replace(label="Chat with it") if step.page == "chat" else step for step in steps))
    history(job_id)


def earlier() -> None:
    """Draw the list of exports."""
    count = job_count(actor(), JobKind.EXPORT)
    if not count:
        st.info("No export yet. A GGUF is one file that runs your model on a laptop, in this chat or anywhere else.")
        return
    listing("All exports", "export", count, lambda newest: map(_row, jobs(actor(), kind=JobKind.EXPORT, limit=newest)))


def _row(one) -> Row:
    facts = [", ".join(one.spec.get("types", ["unreadable"]))]
    return Row(one.name, {"job": one.id}, state_word(one), facts, one.created_at)


chosen = job_in_address(JobKind.EXPORT)
shows = partial(condition, chosen) if chosen else partial(standings, actor(), JobKind.EXPORT)
page_header(
    "Export",
    "GGUF files to download. Each shows how close it is to your model; one that is too far off is not shipped.",
    chosen,
    shows,
)
if chosen:
    one_export(chosen)
else:
    if not warn_missing("export", "job"):
        ask()
    earlier()
