"""Cleaning up: each kind of removable thing with the space it frees, listed in a dialog first."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.disk.clean_up import (
    Removable,
    in_trash,
    old_checkpoints,
    old_logs,
    prepared_downloads,
    remove_bases,
    remove_checkpoints,
    remove_logs,
    unused_bases,
)
from app.disk.trash import empty_trash, forget_downloads
from app.wording.numbers import size_text
from storage.actors import Actor

_ASKED = "asked-to-clean-up"
"""Session key: (kind, things found) of the open dialog, so that it stays open when the page is redrawn."""


class _CleanUp(NamedTuple):
    title: str
    afterwards: str
    find: Callable[[Actor], list[Removable]]
    remove: Callable[[Actor, list[str]], object]


_CLEAN_UPS = {
    "checkpoints": _CleanUp(
        "Checkpoints of runs that succeeded",
        "The adapters stay. You can restore the checkpoints for 24 hours.",
        old_checkpoints,
        remove_checkpoints,
    ),
    "logs": _CleanUp(
        "Logs of jobs that ended over a month ago", "You can restore them for 24 hours.", old_logs, remove_logs
    ),
    "bases": _CleanUp(
        "Base models that nothing here uses",
        "They are deleted at once, and downloaded again when needed. They are stored outside this workspace: another "
        "workspace or program may be using them.",
        unused_bases,
        remove_bases,
    ),
    "downloads": _CleanUp(
        "Prepared downloads",
        "They are made again when needed.",
        lambda _actor: prepared_downloads(),
        lambda _actor, _refs: forget_downloads(),
    ),
    "trash": _CleanUp("The trash", "Its contents cannot be restored after that.", in_trash, empty_trash),
}


def clean_up() -> None:
    """Draw a line with a Remove button for each kind that has something to remove."""
    for kind, one in _CLEAN_UPS.items():
        if found := one.find(actor()):
            _line(kind, one.title, found)
    if asked := st.session_state.get(_ASKED):
        _ask(*asked)


def _line(kind: str, title: str, found: list[Removable]) -> None:
    says, act = st.columns([0.7, 0.3], vertical_alignment="center")
    says.markdown(title)
    act.button(
        f"Remove {_size(found)}", icon=":material/cleaning_services:", key=f"clean-{kind}", on_click=_ask_for,
        args=((kind, found),),
    )  # fmt: skip


def _ask_for(asked: tuple[str, list[Removable]] | None = None) -> None:
    st.session_state[_ASKED] = asked


@st.dialog("Remove this?", on_dismiss=_ask_for)
def _ask(kind: str, found: list[Removable]) -> None:
    one = _CLEAN_UPS[kind]
    st.markdown(f"**{one.title}**")
    st.dataframe([{"What": thing.name, "Frees": size_text(thing.frees_bytes)} for thing in found], hide_index=True)
    st.caption(one.afterwards)
    sure = st.button(f"Yes, remove {_size(found)}", type="primary", icon=":material/delete:", key="clean-it-up")
    with showing_errors():
        if sure:
            one.remove(actor(), [thing.reference for thing in found])
            _ask_for(None)
            st.rerun()


def _size(found: list[Removable]) -> str:
    return size_text(sum(thing.frees_bytes for thing in found))
