"""Varying settings: several runs from one form, with their number and time told before."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import show_error, showing_errors
from app.components.form import Form
from app.components.runs.settings_table import setting_label
from app.components.train.method import counts_with
from app.training.sweeps import forecast_sweep, start_sweep, suggested_values
from app.wording.numbers import plural
from app.wording.times import about_text
from core.errors import TunewrightError
from core.specs import TrainSpec
from core.training.sweep import can_vary, read_plan

_FIRST = ("learning_rate", "lora_r", "epochs", "batch_size")
_WAYS = {"grid": "Every combination", "random": "Some at random"}


def sweep_form(form: Form, preset: str, values: dict) -> None:
    """Draw, folded, what to vary of the settings `values`, and the button that starts the sweep."""
    with st.expander("Try several settings (sweep)", icon=":material/account_tree:"):
        st.caption("Values are listed or drawn from a range. The run that does best in validation is named best.")
        fields = [
            name
            for name in dict.fromkeys([*_FIRST, *TrainSpec.model_fields])
            if name != "method" and can_vary(name) and counts_with(values["method"], name)
        ]  # losses of different methods cannot be compared
        varied = st.multiselect(
            "Settings to vary", fields, format_func=setting_label, **form.bind("sweep-fields", [], fields)
        )
        texts = {
            name: st.text_input(
                setting_label(name),
                help="Values such as 1e-4, 3e-4, or for random runs a range such as 1e-5..1e-3.",
                **form.bind(f"sweep-{name}", suggested_values(name, values.get(name))),
            )
            for name in varied
        }
        way = st.segmented_control("Runs", list(_WAYS), format_func=_WAYS.get, required=True,
                                   **form.bind("sweep-way", "grid"))  # fmt: skip
        drawn = None
        if way == "random":
            drawn = st.number_input("Number of runs", 1, 100, step=1, **form.bind("sweep-runs", 8))
        if texts and not form.problems:
            _offer(form, preset, values, texts, drawn)


def _offer(form: Form, preset: str, values: dict, texts: dict[str, str], drawn: int | None) -> None:
    base = {name: value for name, value in values.items() if name not in texts}
    try:
        plan = read_plan(texts, drawn)
        size = forecast_sweep(actor(), plan, preset, **base)
    except TunewrightError as error:
        show_error(error)
        return
    long = "no forecast yet" if size.seconds is None else f"{about_text(size.seconds)} in total"
    st.caption(f":material/timer: {plural(size.runs, 'run')}, {long}.")
    if st.button(f"Start {plural(size.runs, 'run')}", icon=":material/play_arrow:", key="start-sweep"):
        with showing_errors():
            sweep = start_sweep(actor(), plan, preset, **base)
            form.clear()
            st.switch_page("pages/runs.py", query_params={"sweep": sweep.id})
