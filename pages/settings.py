"""Settings: where things are, what this machine has, and which versions are at work. Read-only for now."""

import os
import shutil
import sqlite3
from importlib.metadata import PackageNotFoundError, version

import psutil
import streamlit as st

from app.components.frame import ASSETS, page_top
from app.components.status import chip
from app.components.wording import size_text
from app.studio import home, wants_key
from app.supervision import living_supervisor

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


page_top("Settings", "Where your work is kept, and what this machine has to do it with.")
if wants_key():
    st.html(ASSETS / "sign_out.html")
places, machine = st.columns(2)
with places:
    st.subheader("Workspace", anchor=False)
    st.text(str(home()))
    free = shutil.disk_usage(home())
    st.caption(f"{size_text(free.free)} free of {size_text(free.total)}")
    st.caption("Set TUNEWRIGHT_HOME to keep it elsewhere. Copy this folder to back up everything.")
    st.subheader("Worker", anchor=False)
    worker = living_supervisor()
    chip("running" if worker else "stopped")
    if worker:
        st.caption(f"{worker.worker_id} · {worker.facts}")
    else:
        st.caption("One is started within seconds.")
with machine:
    st.subheader("This machine", anchor=False)
    memory = psutil.virtual_memory()
    st.metric("Processor cores", os.cpu_count())
    st.metric("Memory", size_text(memory.total), help=f"{size_text(memory.available)} free now")
    gpus = (worker.facts or {}).get("gpus") if worker else None
    st.metric("GPUs", len(gpus) if isinstance(gpus, list) else 0)
st.subheader("Versions", anchor=False)
rows = [{"Library": name, "Version": installed(name)} for name in LIBRARIES]
st.dataframe(
    [*rows, {"Library": "SQLite of Python", "Version": sqlite3.sqlite_version}], hide_index=True, height="content"
)
