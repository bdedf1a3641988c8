"""The files of an export: the verdict, one table of all types, and details of each."""

from urllib.parse import quote

import streamlit as st

from app.components.actor import actor
from app.components.long_text import long_text
from app.components.status import chip_in_table
from app.components.verdict_view import verdict_view
from app.evaluation.evidence import verdict_on
from app.export.gguf_files import ranked, standing_ggufs
from app.jobs.results import read_result
from app.wording.markdown import as_text
from app.wording.numbers import number_text, size_text
from app.wording.times import span_text
from core.specs.results.export import ExportResult, GgufFile

_KL_SCALE = "0 is identical; at 0.25 about one token choice in four differs"


def export_view(export) -> None:
    """Draw a finished export: verdict, a table of its types, best first, and folded details."""
    result = read_result(export, ExportResult)
    verdict_view(verdict_on(actor(), export))
    standing, stopped = standing_ggufs(actor(), export), result.stopped
    files = sorted(ranked(result.gguf), key=lambda file: file[0] not in standing)
    rows = [_row(kind, report, standing.get(kind)) for kind, report in files]
    rows += [
        dict.fromkeys(rows[0], "–") | {"Type": kind, "Verdict": chip_in_table("stopped, not shipped")}
        for kind in stopped
    ]
    st.table(rows, border="horizontal")
    st.caption("Quality: how often the file picks the same next token as the 16-bit model (f16).")
    for kind, report in files:
        _details(kind, report, standing.get(kind))
    for kind, report in stopped.items():
        st.error(
            f"**{kind}** was stopped and is not shipped: {as_text(report.why)}\n\n{as_text(report.remedy)}",
            icon=":material/error:",
        )


def _row(kind: str, report: GgufFile, artifact) -> dict[str, str]:
    same, speed = report.parity.top1_agreement, report.speed and report.speed.tokens_per_second
    place = f"[Download](/artifacts/{quote(artifact.id)})" if artifact else "gone"
    row = {
        "Type": kind,
        "Verdict": chip_in_table(report.verdict),
        "File": f"{size_text(report.bytes)} {place}",
        "Quality": "–" if same is None else f"{same:.0%} the same",
    }
    return row | ({"Speed": f"{number_text(speed)} tokens/s"} if speed else {})


def _details(kind: str, report: GgufFile, artifact) -> None:
    if report.why:
        st.warning(f"**{kind}** is not recommended: {as_text(report.why)}\\.", icon=":material/warning:")
    with st.expander(f"More about {kind}", icon=":material/description:"):
        if artifact:
            query = {"model": artifact.id}
            st.page_link("pages/chat.py", label="Chat with this file", icon=":material/forum:", query_params=query)
        if report.answer:
            st.caption("A sample answer:")
            long_text(report.answer)
        away, limit = report.parity.mean_kl_divergence, report.parity.largest_kl_recommended
        facts = [
            away is not None and f"KL divergence from f16: {number_text(away)} nats ({_KL_SCALE})",
            limit and f"recommended up to {number_text(limit)} for this type and model size",
            report.perplexity and f"perplexity {number_text(report.perplexity)}",
            report.speed and f"loads in {span_text(report.speed.load_s)}",
        ]
        st.caption(" · ".join(filter(None, facts)))
        st.caption(f"SHA-256 {report.sha256}")
