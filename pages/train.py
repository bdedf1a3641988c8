"""Train: choose a dataset and a model, and start a fine-tuning."""

import streamlit as st

from app.components.actor import actor
from app.components.choices import choose_dataset
from app.components.errors import showing_errors
from app.components.form import Form
from app.components.frame import page_header
from app.components.next_step import next_step
from app.components.train.base_model import choose_base
from app.components.train.batch import batch_view
from app.components.train.from_yaml import load_yaml
from app.components.train.method import choose_method
from app.components.train.origin import origin_of
from app.components.train.rewards_view import rewards_view
from app.components.train.run_card import run_card_view
from app.components.train.settings import choose_preset, settings_form
from app.components.train.sweep_form import sweep_form
from app.components.vocabulary import JobKind
from app.data.datasets import datasets
from app.jobs.forecast import Forecast
from app.models.catalogue import weights_for
from app.training.equivalents import command_line, form_yaml
from app.training.run_card import run_card
from app.training.start_training import start_training, training_defaults

START = ("Start training", ":material/play_arrow:")


page_header(
    "Train",
    "Train a model on your dataset with LoRA: a small adapter learns, the base model stays unchanged. Training "
    "continues when you close this tab.",
)
if not any("train" in dataset["report"].splits for dataset in datasets(actor())):
    st.info("There is no dataset to train on yet. Make one from samples in a few seconds, or upload a file.")
    next_step("Make a dataset", "data")
    st.stop()

form = Form("train", JobKind.TRAIN)
origin = origin_of(form)
left, right = st.columns(2)
with left:
    dataset = choose_dataset(form, split="train")
with right:
    model = choose_base(form)
if not (dataset and model):
    form.submit_button(*START, Forecast, "Choose the base model first" if dataset else "Choose a dataset first")
    st.stop()
weights = None
with showing_errors():
    weights = weights_for(model)
if not weights:
    st.stop()
preset = choose_preset(form, model)
method = choose_method(form, dataset["report"].shape, origin.settings.get("method"))
defaults = training_defaults(model, preset, dataset["report"].splits["train"], method)
chosen = settings_form(form, model, preset, method, defaults | origin.settings, weights)
chosen |= form.name()
values = {**origin.given, "model": model, "dataset": dataset["path"], **chosen}
origin.check(form, defaults | values)
card = why_not = None
if not form.problems:
    with showing_errors():
        card = run_card(actor(), dataset, defaults | values)
        why_not = run_card_view(form, card, values, preset)
if form.submit_button(*START, lambda: card.time if card else Forecast(), why_not):
    with showing_errors(st.bottom):
        job = start_training(actor(), preset=preset, **values)
        form.clear()
        st.switch_page("pages/runs.py", query_params={"run": job.id})
if method != "grpo":  # which learns from answers of its own, not from the dataset's
    batch_view(values)
elif not form.problems:
    rewards_view(values)
with st.expander("The same as a command or as YAML", icon=":material/terminal:"):
    # Without a language: the colours of highlighted code have too little contrast.
    st.code(command_line(preset, values, defaults), language=None, wrap_lines=True)
    st.code(form_yaml(preset, values, defaults), language=None, wrap_lines=True)
load_yaml(form)
sweep_form(form, preset, values)
