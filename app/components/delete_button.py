"""Deleting things, the same on every page: a dialog says what will go, and Undo brings it back."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import show_error, showing_errors
from app.disk.trash import Deletion, delete, delete_for_good, deleted, preview_deletion, undo
from app.wording.markdown import as_text
from app.wording.numbers import size_text
from core.errors import TunewrightError
from core.specs.keeping import ThingKind

JUST_DELETED = "just-deleted"
"""Session key: (ids in the trash, words) of the last deletion, while Undo is offered."""
_ASKED = "asked-to-delete"
"""Session key: what the open dialog is about, so that it stays open when the page is redrawn."""
_MOST_NAMED = 8
_PARTS = {
    ThingKind.DATASET: "its rows and report",
    ThingKind.RUN: "its adapter, checkpoints, curves and log",
    ThingKind.EVALUATION: "its scores, answers and log",
    ThingKind.EXPORT: "its GGUF files, reports and log",
    ThingKind.DEPLOYMENT: "its key and log",
}
"""What is deleted with each kind of thing."""


def delete_button(kind: ThingKind | str, reference: str, words: str) -> None:
    """A button that asks for confirmation in a dialog; after deleting, the page shows its list."""
    st.button(words, icon=":material/delete:", key=f"delete-{reference}", on_click=_ask_for, args=(reference,))
    if st.session_state.get(_ASKED) == reference:
        _ask(ThingKind(kind), reference)


def _ask_for(reference: str | None = None) -> None:
    st.session_state[_ASKED] = reference


@st.dialog("Delete this?", on_dismiss=_ask_for)
def _ask(kind: ThingKind, reference: str) -> None:
    try:
        _draw_preview(preview_deletion(actor(), kind, reference))
    except TunewrightError as error:
        show_error(error)
        return
    with st.container(horizontal=True):
        soon = st.button("Yes, delete it", type="primary", icon=":material/delete:", key="delete-it")
        at_once = st.button("Delete for good", icon=":material/delete_forever:", key="delete-for-good")
    with showing_errors():
        if soon:
            thrown = delete(actor(), kind, reference)
            _show_list(((thrown.id,), f"The {kind} {as_text(thrown.name)} was deleted\\."))
        elif at_once:
            delete_for_good(actor(), kind, reference)
            _show_list(None)


def _draw_preview(deletion: Deletion) -> None:
    parts = f", with {_PARTS[deletion.kind]}" if deletion.kind in _PARTS else ""
    frees = size_text(deletion.frees_bytes)
    st.markdown(f"This deletes the {deletion.kind} **{as_text(deletion.name)}**{parts}, and frees {frees}\\.")
    if deletion.stays:
        st.markdown(f"Made from it, and kept: {as_text(_listed(deletion.stays))}\\.")
    if deletion.breaks:
        st.warning(
            f"These cannot be started again without it: {as_text(_listed(deletion.breaks))}\\.",
            icon=":material/warning:",
        )
    st.caption(
        "Deleted things can be restored for 24 hours; their space is freed after that, or earlier under Settings. "
        "Deleting for good frees it at once."
    )


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _show_list(undoable: tuple[tuple[str, ...], str] | None) -> None:
    """Close the dialog and return to the list, offering Undo."""
    _ask_for(None)
    st.session_state.pop(JUST_DELETED, None)
    if undoable:
        st.session_state[JUST_DELETED] = undoable
    st.query_params.clear()
    st.rerun()


def offer_undo() -> None:
    """Draw what was deleted last, with Undo while that is possible."""
    trash_ids, words = st.session_state.get(JUST_DELETED, ((), ""))
    if not trash_ids or not {*trash_ids} & {one.id for one in deleted(actor())}:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/delete: {words}")
        undone = st.button("Undo", icon=":material/undo:", key="undo-deletion")
        left = st.button("Dismiss", icon=":material/check:", key="leave-deleted")
    with showing_errors():
        if undone:
            for trash_id in trash_ids:
                undo(actor(), trash_id)
        if undone or left:
            del st.session_state[JUST_DELETED]
            st.rerun()
