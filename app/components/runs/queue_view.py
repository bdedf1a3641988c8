"""The queue: what waits, in the order in which it will be started, and buttons that change the order."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import show_error
from app.components.navigation import PLACES, job_query
from app.components.status import chip, state_word
from app.jobs.queue import Place, move_job, waiting_jobs
from app.jobs.stop_and_resume import cancel_job, pause_job, resume_job
from app.wording.markdown import as_text, cut_middle
from app.wording.names import job_title
from app.wording.numbers import plural
from core.errors import TunewrightError

_SHOWN = 12
_WIDTHS = [0.05, 0.37, 0.18, 0.4]


def queue_view() -> None:
    """Draw the waiting jobs of every kind; nothing when none waits."""
    waiting = waiting_jobs(actor())
    if not waiting:
        return
    held = sum(bool(one.hold_reason) for one in waiting)
    paused = f", {held:,} of them paused" if held else ""
    with st.expander(f"Waiting: {plural(len(waiting), 'job')}{paused}", icon=":material/format_list_numbered:"):
        for place, one in enumerate(waiting[:_SHOWN]):
            _row(one, place, last=len(waiting) - 1)
        if len(waiting) > _SHOWN:
            st.caption(f"and {len(waiting) - _SHOWN:,} more behind them")
        st.caption("A job that crashes goes to the end of the queue. Preparing data never waits for a training.")


def _row(one, place: int, last: int) -> None:
    number, name, state, buttons = st.columns(_WIDTHS, vertical_alignment="center")
    number.caption(f"{place + 1}")
    title = as_text(cut_middle(job_title(one), 40))
    name.page_link(f"pages/{PLACES[one.kind]}.py", label=f"{one.kind} · {title}", query_params=job_query(one))
    with state:
        chip(state_word(one), one.hold_reason)
    with buttons.container(horizontal=True):
        _move(one, Place.UP, ":material/arrow_upward:", "Move up", place == 0)
        _move(one, Place.DOWN, ":material/arrow_downward:", "Move down", place == last)
        _move(one, Place.FIRST, ":material/vertical_align_top:", "Move to the front", place == 0)
        if one.hold_reason:
            _button(one, "resume", ":material/play_arrow:", "Resume", resume_job)
        else:
            _button(one, "hold", ":material/pause:", "Hold back", pause_job)
        _button(one, "cancel", ":material/close:", "Cancel", cancel_job)


def _move(one, to: Place, icon: str, words: str, disabled: bool) -> None:
    _button(one, to, icon, words, lambda who, job_id: move_job(who, job_id, to), disabled)


def _button(one, action: str, icon: str, words: str, act, disabled: bool = False) -> None:
    label = f"{words}: {as_text(cut_middle(one.name, 40))}"  # for screen readers; the style sheet shows the icon alone
    if st.button(label, icon=icon, key=f"queue-{action}-{one.id}", help=words, disabled=disabled):
        try:
            act(actor(), one.id)
        except TunewrightError as error:  # it has begun meanwhile
            show_error(error)
        else:
            st.rerun()
