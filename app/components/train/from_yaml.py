"""Filling the Train form from YAML: a file or pasted text, checked key by key, kept with the form's other inputs."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.form import Form
from app.components.scripted import scripted
from app.components.train.base_model import ANOTHER
from app.data.datasets import find_dataset
from app.models.find_model import find_model
from app.training.equivalents import read_training_yaml
from core.models.catalogue import find_in_catalogue
from core.training.presets import PRESETS

LOADED = "loaded-settings"
"""Where the form keeps what a YAML set."""
_TEXT = "train-yaml"
_MOST_BYTES = 64 << 10
_HTML = """
<div class="row">
  <button class="pick" type="button">Choose a YAML file</button>
  <input class="file" type="file" tabindex="-1" accept=".yaml,.yml,.json" aria-label="YAML file">
  <span class="said" role="status"></span>
</div>
"""


def load_yaml(form: Form) -> None:
    """Draw where a YAML is chosen or pasted; once it is valid, the form is emptied and starts at its settings."""
    with st.expander("Start from YAML", icon=":material/upload_file:"):
        read = scripted(
            "text_file", _HTML, key="train-yaml-file", data={"most_bytes": _MOST_BYTES}, on_chosen_change=lambda: None
        )
        if read.chosen:
            st.session_state[_TEXT] = read.chosen
        text = st.text_area(
            "Settings as YAML",
            placeholder="learning_rate: 1.0e-4\nepochs: 2",
            help="What this page shows above, a run's page offers, or python -m app train --config takes.",
            key=_TEXT,
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
