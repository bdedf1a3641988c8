"""Data: make a dataset from samples, a file or the hub, and see what is in it before training on it."""

import streamlit as st

from app.components.dataset_view import dataset_view
from app.components.frame import next_step, page_top, telling_errors
from app.components.job_view import follow, history, job_in_address
from app.components.wording import ago_text
from app.datasets import SAMPLE_DOMAINS, dataset, datasets, store_upload
from app.jobs import start_preparing

SOURCES = {"sample": "Samples", "file": "A file", "hub": "Hugging Face hub"}


def ask() -> None:
    """The form: where the examples come from, and how they are cleaned and split."""
    source = st.segmented_control("Where from", list(SOURCES), default="sample", format_func=SOURCES.get) or "sample"
    values = {"sample": _sample, "file": _file, "hub": _hub}[source]()
    values |= _advanced()
    if st.button("Make the dataset", type="primary", icon=":material/play_arrow:"):
        with telling_errors():
            if file := values.get("upload"):
                values["upload"] = store_upload(file.name, iter(lambda: file.read(1 << 20), b""))["id"]
            asked = start_preparing(source=source, **values)
            st.query_params["job"] = asked.id
            st.rerun()


def _sample() -> dict:
    domain = st.segmented_control("Domain", SAMPLE_DOMAINS, default=SAMPLE_DOMAINS[0], format_func=str.capitalize)
    count = st.number_input(
        "Examples", 1, 5000, 100, step=50, help="True statements, asked and answered in many forms."
    )
    st.caption("Samples are for trying things out. They are marked as samples and are no advice.")
    return {"domain": domain or SAMPLE_DOMAINS[0], "num_samples": count}


def _file() -> dict:
    upload = st.file_uploader("CSV, JSON or JSONL with questions and answers", type=["csv", "json", "jsonl"])
    with st.expander("My columns have other names", icon=":material/view_column:"):
        places = st.columns(3)
        names = ("instruction", "input", "output")
        given = {
            name: place.text_input(name.capitalize(), key=f"map-{name}")
            for place, name in zip(places, names, strict=True)
        }
    st.caption(
        "Needed: a column with the question (`instruction`) and one with the answer (`output`); `input` adds context."
    )
    return {"upload": upload, "column_map": {name: column.strip() for name, column in given.items() if column.strip()}}


def _hub() -> dict:
    name = st.text_input("Dataset id", placeholder="org/name").strip()
    count = st.number_input("Examples at most", 10, 1_000_000, 1000, step=100)
    st.caption("Needs a network. Columns as in a file.")
    return {"dataset_name": name, "num_samples": count}


def _advanced() -> dict:
    with st.expander("Advanced", icon=":material/tune:"):
        name = st.text_input("Name", placeholder="chosen by itself", max_chars=80).strip()
        a, b, c, d, e = st.columns(5)
        values = {
            "train_ratio": a.number_input("Train share", 0.0, 1.0, 0.8, 0.05),
            "val_ratio": b.number_input("Validation share", 0.0, 1.0, 0.1, 0.05),
            "test_ratio": c.number_input("Test share", 0.0, 1.0, 0.1, 0.05),
            "min_words": d.number_input("Fewest words", 0, 10_000, 10, help="Shorter examples are left out."),
            "max_words": e.number_input("Most words", 1, 100_000, 2048, help="Longer examples are left out."),
            "seed": a.number_input("Seed", 0, 2**31 - 1, 42, help="The same seed gives the same split."),
        }
    return values | ({"name": name} if name else {})


def all_datasets() -> None:
    """The table of datasets; choosing one opens it."""
    known = datasets()
    if not known:
        st.info("No dataset yet. Press the button above: a hundred healthcare samples are ready in a few seconds.")
        return
    st.subheader("Datasets so far", anchor=False)
    rows = [
        {"Dataset": one["name"], **{split.capitalize(): count for split, count in one["report"]["splits"].items()}}
        | {"Made": ago_text(one["created_at"])}
        for one in known
    ]
    table = st.dataframe(rows, hide_index=True, on_select="rerun", selection_mode="single-row", key="datasets")
    if table.selection.rows:
        st.switch_page("pages/data.py", query_params={"dataset": known[table.selection.rows[0]]["id"]})


def one_dataset(reference: str) -> None:
    """A dataset with the way back and the next step."""
    st.page_link("pages/data.py", label="All datasets", icon=":material/arrow_back:")
    with telling_errors():
        found = dataset(reference)
        dataset_view(found)
        next_step("Train on it", "train", dataset=found["id"])


def one_job(job_id: str) -> None:
    """A dataset being made; when it is there, it is shown."""
    if follow(job_id):
        made = next((one for one in datasets() if one["job_id"] == job_id), None)
        if made:
            one_dataset(made["id"])
    else:
        st.page_link("pages/data.py", label="All datasets", icon=":material/arrow_back:")
    history(job_id)


chosen = job_in_address()
page_top("Data", "Bring questions with their answers, or make samples; see what is in them before you train.", chosen)
if chosen:
    one_job(chosen)
elif "dataset" in st.query_params:
    one_dataset(st.query_params["dataset"])
else:
    ask()
    all_datasets()
