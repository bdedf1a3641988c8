"""The form for a dataset written by a language model: from documents, or as variations of a dataset."""

import streamlit as st

from app.components.actor import actor
from app.components.choices import choose_dataset
from app.components.data.compare_form import compare_form
from app.components.data.upload_box import upload_box
from app.components.errors import showing_errors
from app.components.form import Form
from app.components.vocabulary import JobKind
from app.components.who_writes import choose_who_writes
from app.data.datasets import find_dataset
from app.data.start_synthesizing import start_synthesizing
from app.jobs.forecast import Forecast, forecast_writing
from app.wording.markdown import as_text

TASKS = {
    "questions": "Questions and answers",
    "chats": "Conversations",
    "preferences": "Preference pairs",
    "paraphrase": "Paraphrase",
    "translate": "Translate",
    "harder": "Make questions harder",
}
_VARYING = ("paraphrase", "translate", "harder")


def synthesis_form() -> None:
    """Draw the form: what to write, from what, by which model, and the budget."""
    form = Form("synthesis", JobKind.SYNTHESIZE)
    task = st.segmented_control(
        "What to write", list(TASKS), required=True, format_func=TASKS.get, **form.bind("task", "questions", TASKS)
    )
    values = _varied(form, task) if task in _VARYING else _documents(form)
    writer = choose_who_writes(form, "Written by", "Small models write poorly: use a larger one if you can.")
    parent = find_dataset(actor(), values["dataset"]) if task in _VARYING and values else None
    amounts = _amounts(form) | compare_form(form, parent)
    missing = None if values else "Choose what to write from"
    if not missing and not writer:
        missing = "Choose the model that writes"

    def forecast() -> Forecast:
        return forecast_writing(actor(), writer["model"], writer.get("endpoint"), amounts["num_samples"])

    if form.submit_button("Write the dataset", ":material/edit_note:", forecast, missing):
        with showing_errors(st.bottom):
            asked = start_synthesizing(actor(), task=task, **values, **writer, **amounts)
            form.clear()
            st.query_params["job"] = asked.id
            st.rerun()


def _documents(form: Form) -> dict | None:
    st.caption("A PDF, Word, text, Markdown or HTML file, or a zip of them\\. Each row keeps its source passage\\.")
    upload = upload_box(form)
    if not upload:
        return None
    st.caption(f"From {as_text(upload['name'])}")
    return {"uploads": [upload["id"]]}


def _varied(form: Form, task: str) -> dict | None:
    found = choose_dataset(form, split="train")
    if not found:
        st.info("There is no dataset to vary yet. Make one from samples or a file first.")
        return None
    values = {"dataset": found["id"]}
    if task == "translate":
        language = st.text_input("Target language", placeholder="German", **form.bind("language", "")).strip()
        return values | {"language": language} if language else None
    return values


def _amounts(form: Form) -> dict:
    a, b, c, d = st.columns(4)
    values = {
        "num_samples": form.number(a, "num_samples", "Examples", step=50),
        "budget_tokens": form.number(
            b, "budget_tokens", "Token budget", placeholder="no limit", help="Writing stops when it is used up."
        ),
        "usd_per_million_tokens": form.number(
            c, "usd_per_million_tokens", "Price per million tokens, $", help="What the endpoint charges."
        ),
        "budget_usd": form.number(d, "budget_usd", "Budget, $", placeholder="no limit", help="Needs the price."),
    }
    if values["budget_usd"] and not values["usd_per_million_tokens"]:
        form.reject(c, "A budget in dollars needs the price per million tokens.")
    with st.expander("Advanced", icon=":material/tune:"):
        a, b, c, d = st.columns(4)
        values |= {
            "chunk_words": form.number(
                a, "chunk_words", "Passage length, words", step=20, help="How much text the model is given at once."
            ),
            "temperature": form.number(
                b,
                "temperature",
                "Temperature",
                step=0.1,
                help="Randomness. 0 is greedy decoding: always the likeliest token.",
            ),
            "min_groundedness": form.number(
                c,
                "min_groundedness",
                "Minimum groundedness, share",
                step=0.05,
                help="Answers with a smaller share of their words in the passage are dropped.",
            ),
            "min_quality": form.number(
                d,
                "min_quality",
                "Minimum quality, share",
                step=0.05,
                help="Examples with a lower quality score are dropped.",
            ),
        }
        values |= form.name()
    return {field: value for field, value in values.items() if value is not None}
