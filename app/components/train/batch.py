"""The first batch of a training, as the model will see it."""

import json

import streamlit as st

from app.components.data.preview import tokens_view
from app.components.errors import showing_errors
from app.plumbing.inspection import ask

_SECONDS, _SHOWN = 30, 6
_ASKED = ("model", "method", "train_on", "batch_size", "seed")


def batch_view(values: dict) -> None:
    """Draw an expander with the examples of the first step and what of them counts, read when it is opened."""
    opened = st.expander(
        "The first batch, as the model will see it",
        icon=":material/visibility:",
        key="first-batch",
        on_change="rerun",
    )
    if not opened.open:
        return
    asked = {name: values[name] for name in _ASKED} | {
        "folder": values["dataset"],
        "accumulation": values["gradient_accumulation_steps"],
        "max_tokens": values["max_seq_length"],
        "count": min(values["batch_size"], _SHOWN),
    }
    with opened, showing_errors(), st.spinner("Reading the examples …"):
        tokens_view(_asked(json.dumps(asked, sort_keys=True)), "first-batch-tokens")
        if values["batch_size"] > _SHOWN:
            st.caption(f"{_SHOWN} of {values['batch_size']} examples.")


@st.cache_data(max_entries=10, show_spinner=False)
def _asked(settings: str) -> list[dict]:
    return ask("batch", _SECONDS, **json.loads(settings))
