"""The reports of an evaluation as downloads, and its gate: thresholds loaded or typed, and what became of each."""

from urllib.parse import quote

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.scripted import scripted
from app.evaluation.gate import gate
from app.evaluation.stored import stored_evaluation
from app.wording.markdown import as_text
from app.wording.numbers import plural
from core.evaluation.gate.thresholds import read_thresholds

_MOST_BYTES = 64 << 10
_HTML = """
<div class="row">
  <button class="pick" type="button">Choose a thresholds file</button>
  <input class="file" type="file" tabindex="-1" accept=".yaml,.yml,.json" aria-label="Thresholds file">
  <span class="said" role="status"></span>
</div>
"""
_COLOURS = {"passed": "green", "failed": "red", "cannot be told": "orange"}


def report_links(job_id: str) -> None:
    """Draw the links to what is made of the evaluation when it is asked for."""
    made = f"/api/evaluations/{quote(job_id)}"
    st.link_button("Download the report", f"{made}/report", icon=":material/article:")
    st.link_button(
        "For lm-evaluation-harness",
        f"{made}/lm-eval",
        icon=":material/folder_zip:",
        help="A zip file of results_*.json and samples_*.jsonl, which its tools read.",
    )


def gate_panel(job_id: str) -> None:
    """Draw where thresholds are loaded or typed, and what became of each condition."""
    typed = f"gate-{job_id}"
    with st.expander("Gate", icon=":material/rule:"):
        st.caption(
            "Thresholds that a build checks by the command gate, to try out here; docs/configs/gate.yaml is an example."
        )
        read = scripted(
            "text_file", _HTML, key=f"gate-file-{job_id}", data={"most_bytes": _MOST_BYTES},
            on_chosen_change=lambda: None,
        )  # fmt: skip
        if read.chosen:
            st.session_state[typed] = read.chosen
        text = st.text_area(
            "Thresholds as YAML",
            placeholder="conditions:\n  - {model: tuned, metric: rougeL, better_than: base}",
            key=typed,
        )
        if st.button("Check", icon=":material/rule:", key=f"check-{job_id}", disabled=not text.strip()):
            with showing_errors():
                _outcome(gate(stored_evaluation(actor(), job_id), read_thresholds(text, "The thresholds")))


def _outcome(found: dict) -> None:
    passed = sum(one["state"] == "passed" for one in found["checks"])
    told = f"{passed} of {plural(len(found['checks']), 'condition')} passed; exit code {found['exit_code']}"
    st.markdown(f"**Gate :{_COLOURS[found['state']]}[{found['state']}]**: {told}.")
    st.table(
        [
            {
                "": f":{_COLOURS[one['state']]}[{one['state']}]",
                "Condition": as_text(one["condition"]),
                "Figures": as_text(one["why"]),
            }
            for one in found["checks"]
        ],
        border="horizontal",
    )
