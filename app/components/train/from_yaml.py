"""Filling the Train form from YAML: pasted, checked key by key, and kept with the form's other inputs."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.form import Form
from app.components.train.base_model import ANOTHER
from app.data.datasets import find_dataset
from app.models.find_model import find_model
from app.training.equivalents import read_training_yaml
from core.models.catalogue import find_in_catalogue
from core.training.presets import PRESETS

LOADED = "loaded-settings"
"""Where the form keeps what a YAML set."""


def load_yaml(form: Form) -> None:
    """Draw where a YAML is pasted; once it is valid, the form is emptied and starts at its settings."""
    with st.expander("Start from YAML", icon=":material/upload_file:"):
        text = st.text_area(
            "Settings as YAML",
            placeholder="learning_rate: 1.0e-4\nepochs: 2",
            help="What this page shows below, a run's page offers, or python -m app train --config takes.",
            key="train-yaml",
        )
        if st.button("Fill in the form", icon=":material/input:", disabled=not text.strip()):
            with showing_errors():
                _fill(form, read_training_yaml(text))
                st.rerun()


def _fill(form: Form, settings: dict) -> None:
    """Start the form at `settings`. Raises NotFoundError for a dataset or a model that is not there."""
    dataset, model, name, preset = (settings.pop(field, None) for field in ("dataset", "model", "name", "preset"))
    dataset = dataset and find_dataset(actor(), dataset)
    model = model or PRESETS.get(preset, {}).get("model")
    model = model and find_model(actor(), model).reference
    form.clear()
    st.query_params.pop("base", None)
    form.fill({LOADED: settings} | ({"name": name} if name else {}))
    if dataset:
        st.query_params["dataset"] = dataset
    if model:
        known = find_in_catalogue(model)
        form.fill({"base": model} if known else {"base": ANOTHER, "base-named": model})
        if preset:
            form.fill({f"{model}-preset": preset})
