"""Choosing where examples come from: samples, a file, pasted text, the hub, or a dataset in the studio."""

from dataclasses import dataclass

import streamlit as st

from app.components.actor import actor
from app.components.choices import choose_dataset
from app.components.data.columns import SHAPES
from app.components.data.paste_box import paste_box
from app.components.data.upload_box import upload_box
from app.components.errors import showing_errors
from app.components.form import Form
from app.components.validation import default_of
from app.data.datasets import SAMPLE_DOMAINS, datasets, samples_at_most
from app.plumbing.hub import first_rows, why_no_dataset
from app.wording.markdown import as_text

SOURCES = {
    "sample": "Samples",
    "file": "A file",
    "text": "Pasted text",
    "hub": "Hugging Face hub",
    "dataset": "A dataset here",
    "documents": "Written from documents",
}


@dataclass(frozen=True)
class Picked:
    """What was picked: its fields of PrepareSpec, and the file to preview, if any."""

    values: dict
    amount: int
    """Rows; bytes for a file."""
    path: str | None = None
    title: str = ""
    prepared: dict | None = None
    """The inspector's `source` for samples and datasets, whose columns need no mapping."""


def choose_source(form: Form) -> str:
    """One of SOURCES."""
    return st.segmented_control(
        "Source", list(SOURCES), required=True, format_func=SOURCES.get, **form.bind("source", "sample", SOURCES)
    )


def pick(form: Form, source: str) -> Picked | None:
    """Draw the widgets of one source; None until something is picked. Inputs of other sources are kept."""
    return {"sample": _sample, "file": _file, "text": _text, "hub": _hub, "dataset": _dataset}[source](form)


def _sample(form: Form) -> Picked:
    domain = st.segmented_control(
        "Domain",
        SAMPLE_DOMAINS,
        required=True,
        format_func=str.capitalize,
        **form.bind("domain", SAMPLE_DOMAINS[0], SAMPLE_DOMAINS),
    )
    few, many = st.columns([0.22, 0.78])
    most = samples_at_most(domain)
    count = form.number(
        few,
        "num_samples",
        "Examples",
        100,
        50,
        typed_as="count",
        help="True facts, asked and answered in many ways.",
    )
    if count > most:
        form.reject(few, f"Examples must be at most {most:,}: there are no more of this domain.")
    shape = many.segmented_control(
        "Shape", list(SHAPES), required=True, format_func=SHAPES.get, **form.bind("sample-shape", next(iter(SHAPES)))
    )
    st.caption("Samples are for trying things out. They are marked as samples and are not advice.")
    seed = form.typed.get("seed", default_of(form.kind, "seed"))
    return Picked(
        {"source": "sample", "domain": domain, "num_samples": count, "shape": shape},
        count,
        prepared={"domain": domain, "seed": seed},
    )


def _file(form: Form) -> Picked | None:
    return _of_upload(upload_box(form))


def _text(form: Form) -> Picked | None:
    return _of_upload(paste_box(form))


def _of_upload(upload: dict | None) -> Picked | None:
    if not upload:
        return None
    return Picked({"source": "file", "upload": upload["id"]}, upload["bytes"], upload["path"], upload["name"])


def _hub(form: Form) -> Picked | None:
    left, right = st.columns([0.7, 0.3])
    name = left.text_input("Dataset id", placeholder="org/name", **form.bind("hub", "")).strip()
    if name and not form.check_exists(left, "hub dataset", name, why_no_dataset):
        name = ""
    count = form.number(right, "num_samples", "Examples at most", 1000, 100, typed_as="hub-count")
    st.caption("Needs a network. Columns are detected by name when it is read, or assigned by you before.")
    if st.button("Show its first rows", icon=":material/visibility:", disabled=not name):
        with showing_errors(), st.spinner("Asking the hub …"):
            st.session_state["data-hub-seen"] = {"name": name, "path": first_rows(name)}
    seen = st.session_state.get("data-hub-seen", {"name": None})
    path = seen["path"] if seen["name"] == name else None
    if not name:
        return None
    return Picked({"source": "hub", "dataset_name": name, "num_samples": count}, count, path, name)


def _dataset(form: Form) -> Picked | None:
    found = choose_dataset(form)
    if not found and not datasets(actor()):
        st.info("There is no dataset in the studio yet. Start with samples or a file.")
    if not found:
        return None
    st.caption(f"{as_text(found['title'])} stays unchanged; the result becomes its next version\\.")
    prepared = {"folder": found["path"]}
    rows = sum(found["report"].splits.values())
    return Picked({"source": "dataset", "parent": found["id"]}, rows, title=found["title"], prepared=prepared)
