"""Export: a model as GGUF files, each proved against its source before it is offered."""

from functools import partial
from urllib.parse import quote

import streamlit as st

from app.artifacts import artifacts
from app.components.before_start import before_start
from app.components.choices import choose_kept_model
from app.components.form import Form
from app.components.frame import next_step, page_top, telling_errors
from app.components.job_view import condition, follow, history, job_in_address
from app.components.status import chip, state_word
from app.components.wording import ago_text, as_text, number_text, size_text, span_text
from app.forecast import forecast_export
from app.jobs import job, jobs, standings, start_exporting
from app.vocabulary import ArtifactKind, GgufType, JobKind

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
        found = job(job_id)
        made = {artifact.path: artifact for artifact in artifacts(job_id) if artifact.kind == ArtifactKind.GGUF}
        for gguf_type, report in found.result["gguf"].items():
            gguf_card(gguf_type, report, made.get(report["path"]))
        for gguf_type, report in found.result.get("stopped", {}).items():
            stopped_card(gguf_type, report)
    history(job_id)


def gguf_card(gguf_type: str, report: dict, artifact) -> None:
    """One GGUF: its verdict, its size, how close it is to its source, an answer of it, and the way to have it."""
    parity = report["parity"]
    with st.container(border=True):
        name, size, kl, agreement, get = st.columns([0.22, 0.16, 0.2, 0.2, 0.22], vertical_alignment="center")
        with name:
            st.subheader(gguf_type, anchor=False)
            chip(report.get("verdict", "passed"), "Token ids, begin and ends are the source's; see the figures here.")
        size.metric("Size", size_text(report["bytes"]))
        kl.metric(
            "KL divergence",
            number_text(parity.get("mean_kl_divergence")),
            help=f"From f16, in nats; 0 is the same. Up to {number_text(parity.get('largest_kl_recommended'))} is "
            "recommended for this type of a model of this size.",
        )
        agreement.metric("Same first choice", _percent(parity.get("top1_agreement")), help="As f16, per token.")
        with get:
            if artifact:
                st.link_button("Download", f"/artifacts/{quote(artifact.id)}", icon=":material/download:")
                st.page_link(
                    "pages/chat.py", label="Chat", icon=":material/forum:", query_params={"model": artifact.id}
                )
        if report.get("why"):
            st.warning(f"Not recommended: {as_text(report['why'])}\\.", icon=":material/warning:")
        if report.get("speed"):
            speed = report["speed"]
            st.caption(
                f"{number_text(speed['tokens_per_second'])} tokens/s · loads in {span_text(speed['load_s'])} · "
                f"perplexity {number_text(report.get('perplexity'))}"
            )
        if report.get("answer"):
            st.text(report["answer"])
        st.caption(f"SHA-256 {report['sha256']}")


def stopped_card(gguf_type: str, report: dict) -> None:
    """A type that is not shipped, why, and what to do about it."""
    with st.container(border=True):
        st.subheader(gguf_type, anchor=False)
        chip("stopped, not shipped")
        st.error(f"{as_text(report['why'])}\n\n{as_text(report['remedy'])}", icon=":material/error:")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def earlier() -> None:
    """The exports so far; choosing one opens it."""
    found = jobs(kind=JobKind.EXPORT)
    if not found:
        st.info("No export yet. A GGUF is one file that runs your model on a laptop, in this chat or anywhere else.")
        return
    st.subheader("Exports so far", anchor=False)
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
