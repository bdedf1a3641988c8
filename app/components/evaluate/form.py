"""The form that starts an evaluation: which model, which examples."""

import streamlit as st

from app.components.actor import actor
from app.components.choices import choose_dataset, choose_model_in_form
from app.components.data.upload_box import upload_box
from app.components.errors import showing_errors
from app.components.evaluate.beyond_form import ask_general, ask_harness
from app.components.evaluate.compared import ask_endpoint, choose_others, name_models
from app.components.form import Form
from app.components.next_step import next_step
from app.components.vocabulary import JobKind, Split
from app.data.datasets import datasets
from app.evaluation.comparison import why_no_endpoint_on
from app.evaluation.foretold import what_it_will_show
from app.evaluation.start_evaluating import start_evaluating
from app.evaluation.time_forecast import beside_its_base, forecast_evaluation
from app.jobs.forecast import Forecast
from app.wording.numbers import plural
from core.specs import Shape
from core.specs.rewards.checks import why_no_schema

START = ("Evaluate", ":material/fact_check:")
SPLITS = {
    Split.TRAIN: "The model was trained on these: its answers say nothing about new questions.",
    Split.VALIDATION: "Not trained on, but used to pick the best step, so the scores are slightly too good.",
    Split.TEST: "Held out from training: these show how it answers new questions.",
}


def ask() -> None:
    """Draw the form: which model, which examples."""
    if not datasets(actor()):
        st.info("An evaluation asks a model the questions of a dataset. Make a dataset first.")
        next_step("Make a dataset", "data")
        return
    form = Form("evaluate", JobKind.EVALUATE)
    left, right = st.columns(2)
    with left:
        model = choose_model_in_form(form, ("adapter", "gguf", "base"))
    with right:
        dataset = choose_dataset(form)
    if not (model and dataset):
        form.submit_button(*START, Forecast, "Choose a model and a dataset")
        return
    others = choose_others(form, model)
    counts = dataset["report"].splits
    values = choose_examples(form, counts)
    values |= ask_general(form)
    with st.expander("Advanced", icon=":material/tune:"):
        first, second, third = st.columns(3)
        values["max_new_tokens"] = form.number(first, "max_new_tokens", "Maximum answer length, tokens")
        values["temperature"] = form.number(
            second,
            "temperature",
            "Temperature",
            step=0.1,
            help="Randomness. 0 is greedy decoding: always the likeliest token.",
        )
        values["limit"] = form.number(third, "limit", "Maximum examples", 500, 100)
        values["nearest"] = st.toggle(
            "Compare with a plain look-up",
            help="Also score what costs nothing: the training answer of the most similar question (nearest neighbour).",
            **form.bind("nearest", True),
        )
        endpoint = ask_endpoint(form)
        if endpoint and "splits" in values and (why := why_no_endpoint_on(dataset["path"])):
            form.reject(st, why)
        values["benchmark_speed"] = st.toggle("Measure speed and memory too", **form.bind("speed", False))
        values |= _of_metrics(form) | ask_harness(form)
    if others or endpoint:
        values |= name_models(form, [model, *others], endpoint, values.pop("nearest"))
    else:
        values["model"] = model["reference"]
    if "splits" in values and dataset["report"].shape != Shape.TEXT:
        st.caption(what_it_will_show(actor(), dataset, min(values["limit"], counts.get(values["splits"][0], 0))))
    values |= form.name()

    def forecast() -> Forecast:
        examples = sum(min(values["limit"], counts.get(split, 0)) for split in values.get("splits", ()))
        if not examples:  # those of a file are counted when it is read
            return Forecast()
        asked = values.get("models") or beside_its_base(model["reference"])
        lengths = dataset["report"].tokens
        return forecast_evaluation(
            actor(), asked, examples, values["benchmark_speed"], values["max_new_tokens"], lengths,
            values["general_ability"],
        )  # fmt: skip

    missing = None if "upload" in values or "splits" in values else "Upload a file of examples"
    if form.submit_button(*START, forecast, missing):
        with showing_errors(st.bottom):
            asked = start_evaluating(actor(), dataset=dataset["path"], **values)
            form.clear()
            st.query_params["job"] = asked.id
            st.rerun()


def choose_examples(form: Form, counts: dict[str, int]) -> dict:
    """Choose splits of the dataset, or a file: the fields `splits` or `upload` of the request; empty without a file."""
    sources = ["The dataset", "A file"]
    source = st.segmented_control("Examples from", sources, required=True, **form.bind("source", sources[0], sources))
    if source == sources[0]:
        splits = [split for split in Split if counts.get(split)] or list(Split)
        first = choose_split(form, splits, counts)
        others = [split for split in splits if split != first]
        kept = [split for split in form.typed.get("more_splits", []) if split in others]
        more = []
        if others:
            bound = form.bind("more_splits", kept, others)
            more = st.pills("Score other splits too", others, selection_mode="multi", **bound)
        return {"splits": [first, *more]}
    st.caption("Columns are recognized as on the Data page. Rows are asked unchanged, in the file's order.")
    upload = upload_box(form)
    return {"upload": upload["id"]} if upload else {}


def choose_split(form: Form, splits: list[Split], counts: dict[str, int]) -> Split:
    """Choose a split, with a line on what its scores mean."""
    words = {split: f"{split} · {plural(counts.get(split, 0), 'example')}" for split in splits}
    chosen = splits[-1]
    if len(splits) > 1:
        kept = form.bind("split", chosen, splits)
        chosen = st.segmented_control("Split", splits, required=True, format_func=words.get, **kept)
    else:
        st.markdown(f"Split: **{words[chosen]}**")
    st.caption(SPLITS[chosen])
    return chosen


def _of_metrics(form: Form) -> dict:
    """What answers are measured by, beyond what follows from the references."""
    schema = st.text_area(
        "JSON schema of answers",
        help="For answers that are JSON. Without one, an answer has to be like the references: types and keys.",
        **form.bind("answer_schema", ""),
    ).strip()
    if schema and (problem := why_no_schema(schema)):
        form.reject(st, f"The JSON schema cannot be used: {problem}.")
        schema = ""
    model = st.text_input(
        "Embedding model, for semantic similarity",
        placeholder="folder or hub id of a sentence-transformers model",
        help="The one that comes with the studio, all-MiniLM-L6-v2, reads English.",
        **form.bind("embedding_model", ""),
    )
    return {"answer_schema": schema, "embedding_model": model.strip() or None}
