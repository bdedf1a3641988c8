"""The form that starts an evaluation: which model, which examples."""

import streamlit as st

from app.components.actor import actor
from app.components.choices import choose_dataset, choose_model_in_form
from app.components.errors import showing_errors
from app.components.form import Form
from app.components.next_step import next_step
from app.components.vocabulary import JobKind, Split
from app.data.datasets import datasets
from app.evaluation.start_evaluating import start_evaluating
from app.jobs.forecast import Forecast, forecast_evaluation
from app.wording.numbers import plural
from core.evaluation.statistics.verdicts import what_examples_show

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
    counts = dataset["report"].splits
    splits = [split for split in Split if counts.get(split)] or list(Split)
    values = {"split": choose_split(form, splits, counts)}
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
        values["benchmark_speed"] = st.toggle("Measure speed and memory too", **form.bind("speed", False))
    st.caption(what_examples_show(min(values["limit"], counts.get(values["split"], 0))))
    values |= form.name()

    def forecast() -> Forecast:
        examples = min(values["limit"], counts.get(values["split"], 0))
        return forecast_evaluation(
            actor(), model["reference"], examples, values["benchmark_speed"], values["max_new_tokens"]
        )

    if form.submit_button(*START, forecast):
        with showing_errors(st.bottom):
            asked = start_evaluating(actor(), model=model["reference"], dataset=dataset["path"], **values)
            form.clear()
            st.query_params["job"] = asked.id
            st.rerun()


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
