"""Starting from given settings: a YAML's, or an earlier run's and maybe one of its checkpoints."""

from dataclasses import dataclass, field

import streamlit as st

from app.components.actor import actor
from app.components.errors import show_error
from app.components.form import Form
from app.components.train.from_yaml import LOADED
from app.jobs.queries import job
from app.training.continuing import checkpoints_of, settings_of, why_not_from
from app.wording.markdown import as_text
from app.wording.numbers import plural
from core.errors import TunewrightError

_CLONED = "cloned-run"
_MOST_NAMED = 8


@dataclass(frozen=True)
class Origin:
    """What the form starts at instead of a preset's settings; empty if it does not."""

    settings: dict = field(default_factory=dict)
    checkpoint: str | None = None

    @property
    def given(self) -> dict:
        """What the run gets where the form has no field for it."""
        return self.settings | ({"resume_from_checkpoint": self.checkpoint} if self.checkpoint else {})

    def check(self, form: Form, values: dict) -> None:
        """Refuse settings with which the checkpoint cannot be continued."""
        if self.checkpoint and (refused := why_not_from(self.checkpoint, values)):
            form.reject(st, " ".join(refused))


def origin_of(form: Form) -> Origin:
    """Draw what the form starts from, if anything: the run in the address or that it was opened with, or a YAML."""
    if asked := st.query_params.get("clone"):
        step = st.query_params.get("step", "")
        _begin(form, asked, int(step) if step.isdecimal() else None)
    run_id, step = form.typed.get(_CLONED) or (None, None)
    if not run_id:
        return _loaded(form)
    try:
        settings = settings_of(actor(), run_id)
        checkpoint = None
        if step is not None:
            checkpoint = next(one.path for one in checkpoints_of(actor(), run_id) if one.step == step)
        name = as_text(job(actor(), run_id).name)
    except (TunewrightError, StopIteration) as error:
        form.fill({_CLONED: None})
        if isinstance(error, TunewrightError):
            show_error(error)
        else:
            st.warning(f"The checkpoint of step {step:,} is no longer there\\.", icon=":material/link_off:")
        return Origin()
    words = f"with its weights of step {step:,}" if checkpoint else "from the start"
    _tell(form, f":material/content_copy: These are the settings of **{name}**, {words}\\.")
    return Origin(settings, checkpoint)


def _loaded(form: Form) -> Origin:
    settings = dict(form.typed.get(LOADED) or {})
    if not settings:
        return Origin()
    few = len(settings) <= _MOST_NAMED
    named = as_text(", ".join(settings)) if few else plural(len(settings), "setting")
    _tell(form, f":material/upload_file: Set from YAML: {named}\\.")
    checkpoint = settings.pop("resume_from_checkpoint", None)
    return Origin(settings, checkpoint)


def _tell(form: Form, words: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(words)
        if st.button("Use a preset instead", icon=":material/close:", key="train-no-clone"):
            form.fill({_CLONED: None, LOADED: None})
            st.rerun()


def _begin(form: Form, run_id: str, step: int | None) -> None:
    """Empty the form and start it at a run's model and dataset; the other fields follow from `Origin.settings`."""
    try:
        settings = settings_of(actor(), run_id)
    except TunewrightError as error:
        show_error(error)
        return
    finally:
        st.query_params.pop("clone", None)
        st.query_params.pop("step", None)
    form.clear()
    form.fill({_CLONED: [run_id, step]})
    st.query_params["base"], st.query_params["dataset"] = settings["model"], settings["dataset"]
