"""Asking for a dataset that a language model writes: from documents, or by varying the rows of a dataset."""

import streamlit as st

from app.components.choices import choose_dataset, choose_model
from app.components.data_settings import compare_form
from app.components.data_upload import upload_box
from app.components.frame import telling_errors
from app.components.job_view import refresh_seconds
from app.components.wording import as_text
from app.datasets import find_dataset
from app.jobs import job, job_metrics, start_synthesizing

TASKS = {
    "questions": "Questions and answers",
    "chats": "Conversations",
    "preferences": "Preference pairs",
    "paraphrase": "Say it in other words",
    "translate": "Translate",
    "harder": "Make it harder",
}
_VARYING = ("paraphrase", "translate", "harder")


def synthesis_form() -> None:
    """What is to be written, from what, by which model, and how much may be spent on it."""
    task = st.segmented_control(
        "What to write", list(TASKS), default="questions", required=True, format_func=TASKS.get, **_kept("task")
    )
    values = _varied(task) if task in _VARYING else _documents()
    writer = _writer()
    amounts = _amounts() | compare_form(find_dataset(values["dataset"]) if task in _VARYING and values else None)
    missing = None if values else "Say first what to write from"
    if not missing and not writer:
        missing = "Say first which model writes"
    if st.button(
        "Write the dataset", type="primary", icon=":material/edit_note:", disabled=bool(missing), help=missing
    ):
        with telling_errors():
            asked = start_synthesizing(task=task, **values, **writer, **amounts)
            st.query_params["job"] = asked.id
            st.rerun()


def _documents() -> dict | None:
    st.caption("A PDF, Word, text, Markdown or HTML file, or a zip of them\\. Each row keeps the passage it is from\\.")
    upload = upload_box()
    if not upload:
        return None
    st.caption(f"From {as_text(upload['name'])}")
    return {"uploads": [upload["id"]]}


def _varied(task: str) -> dict | None:
    found = choose_dataset(split="train")
    if not found:
        st.info("There is no dataset to vary yet. Make one from samples or a file first.")
        return None
    values = {"dataset": found["id"]}
    if task == "translate":
        language = st.text_input("Into which language", placeholder="German", **_kept("language")).strip()
        return values | {"language": language} if language else None
    return values


def _writer() -> dict | None:
    where = st.segmented_control(
        "Written by",
        ["here", "endpoint"],
        default="here",
        required=True,
        format_func={"here": "A model of this studio", "endpoint": "An OpenAI-compatible endpoint"}.get,
        **_kept("writer"),
    )
    if where == "here":
        found = choose_model(("gguf", "adapter", "base"), key="writer")
        st.caption("Small models write poorly: take a larger one where you can\\.")
        return {"model": found["reference"]} if found else None
    address, name, key = st.columns(3)
    endpoint = address.text_input(
        "Address",
        placeholder="http://127.0.0.1:8000/v1",
        help="On this machine, or a server that TUNEWRIGHT_SYNTHESIS_ENDPOINTS names. Only those that it names are "
        "shown the key.",
        **_kept("endpoint"),
    ).strip()
    model = name.text_input("Model", placeholder="its name there", **_kept("endpoint-model")).strip()
    variable = key.text_input(
        "Key in the variable",
        "TUNEWRIGHT_SYNTHESIS_API_KEY",
        help="The environment variable that holds the key; its name ends in _API_KEY. The key itself is never stored.",
        **_kept("key"),
    ).strip()
    return {"endpoint": endpoint, "model": model, "api_key_env": variable} if endpoint and model else None


def _amounts() -> dict:
    a, b, c, d = st.columns(4)
    values = {
        "num_samples": a.number_input("Examples", 1, 1_000_000, 100, step=50, **_kept("samples")),
        "budget_tokens": b.number_input(
            "At most, tokens", 1, None, None, placeholder="no limit", help="It stops there.", **_kept("budget")
        ),
        "usd_per_million_tokens": c.number_input("Price of a million tokens, $", 0.0, None, 0.0, **_kept("price")),
        "budget_usd": d.number_input(
            "At most, $", 0.01, None, None, placeholder="no limit", help="Needs the price.", **_kept("money")
        ),
    }
    with st.expander("Advanced", icon=":material/tune:"):
        a, b, c, d = st.columns(4)
        values |= {
            "chunk_words": a.number_input(
                "Passage, words", 20, 4000, 200, step=20, help="What the model sees at once.", **_kept("chunk")
            ),
            "temperature": b.number_input("Temperature", 0.0, 2.0, 0.7, 0.1, **_kept("temperature")),
            "min_groundedness": c.number_input(
                "Grounded, share",
                0.0,
                1.0,
                0.5,
                0.05,
                help="Less of an answer than this in its passage, and it is left out.",
                **_kept("grounded"),
            ),
            "min_quality": d.number_input(
                "Quality, share", 0.0, 1.0, 0.0, 0.05, help="Lower scores are left out.", **_kept("quality")
            ),
        }
        name = st.text_input("Name", placeholder="chosen by itself", max_chars=80, **_kept("name")).strip()
    values = {field: value for field, value in values.items() if value is not None}
    return values | ({"name": name} if name else {})


def writing_view(job_id: str) -> None:
    """How much was written and what it has cost so far."""
    st.fragment(_amounts_so_far, run_every=refresh_seconds(job(job_id)))(job_id)


def _amounts_so_far(job_id: str) -> None:
    points = {name: series[-1][1] for name, series in job_metrics(job_id).items() if series}
    if not points:
        return
    accepted, tokens, cost = st.columns(3)
    accepted.metric("Examples kept", f"{points.get('accepted', 0):,.0f}")
    tokens.metric("Tokens used", f"{points.get('tokens', 0):,.0f}")
    cost.metric("Cost", f"${points['cost_usd']:,.4f}" if points.get("cost_usd") else "–")


def _kept(name: str) -> dict:
    return {"key": f"synthesis-{name}", "persist_state": "page"}
