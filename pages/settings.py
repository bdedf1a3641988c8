"""Settings: theme, defaults, disk usage, and what this machine has."""

import os
import sqlite3
from importlib.metadata import PackageNotFoundError, version

import psutil
import streamlit as st

from app.components.frame import page_header
from app.components.scripted import ASSETS
from app.components.settings.preferences import default_model_choice, hub_token_form
from app.components.settings.storage import storage_view
from app.components.settings.theme import theme_switch
from app.components.status import chip
from app.plumbing.studio import home, wants_key
from app.plumbing.supervision import living_supervisor
from app.wording.markdown import as_text
from app.wording.numbers import plural, size_text

LIBRARIES = (
    "torch", "transformers", "peft", "bitsandbytes", "datasets", "llama-cpp-python", "streamlit", "fastapi",
    "sqlalchemy",
)  # fmt: skip


def installed(name: str) -> str:
    """The version of a library, without loading it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def worker_in_words(facts: dict) -> str:
    """How many jobs the worker runs at once, and on what."""
    slots, gpus = facts.get("slots"), facts.get("gpus")
    at_once = plural(slots, "heavy job") if isinstance(slots, int) else "heavy jobs"
    if not isinstance(gpus, list) or not gpus:
        return f"Runs {at_once} at a time, on the processor: no GPU was found."
    return f"Runs {at_once} at a time, on the processor and {plural(len(gpus), 'GPU')}."


def preferences() -> None:
    """Draw the preferences side by side."""
    look, model, token = st.columns(3)
    with look:
        st.header("Theme", anchor=False)
        theme_switch()
    with model:
        st.header("Defaults", anchor=False)
        default_model_choice()
    with token:
        st.header("Hub", anchor=False)
        hub_token_form()


def machine() -> None:
    """Describe the machine and its worker."""
    memory = psutil.virtual_memory()
    st.text(f"{plural(os.cpu_count() or 1, 'processor core')}, {size_text(memory.total)} of memory")
    st.caption(f"{size_text(memory.available)} of memory free now\\.")
    worker = living_supervisor()
    chip("running" if worker else "stopped")
    st.caption(as_text(worker_in_words(worker.facts or {}) if worker else "A worker will start within seconds."))


page_header("Settings", "Theme, defaults, disk usage, and what this machine has.")
if wants_key():
    st.html(ASSETS / "sign_out.html")
preferences()
storage, rest = st.columns([0.6, 0.4])
with storage:
    st.header("Storage", anchor=False)
    storage_view()
with rest:
    st.header("Workspace", anchor=False)
    st.text(str(home()))
    st.caption("Set TUNEWRIGHT_HOME to move it. Copy this folder to back up everything.")
    st.header("This machine", anchor=False)
    machine()
with st.expander("Versions", icon=":material/info:"):
    rows = [{"Library": name, "Version": installed(name)} for name in LIBRARIES]
    st.dataframe(
        [*rows, {"Library": "SQLite of Python", "Version": sqlite3.sqlite_version}], hide_index=True, height="content"
    )
