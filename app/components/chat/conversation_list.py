"""The list of conversations: search, open, rename, delete, restore."""

import streamlit as st

from app.chat.conversations import LONGEST_TITLE, conversation, conversations, delete, last_deleted, rename, restore
from app.components.actor import actor
from app.components.errors import showing_errors
from app.wording.markdown import as_text, cut_middle
from app.wording.times import ago_text
from core.errors import NotFoundError
from storage.rows import Conversation

_ADDRESS = "conversation"
_RENAMED = "chat-renamed"
"""Session key: how often a conversation was renamed."""


def conversation_in_address() -> Conversation | None:
    """The conversation named in the address; if it does not exist, say so, offer the list and stop."""
    wanted = st.query_params.get(_ADDRESS)
    if not wanted:
        return None
    try:
        return conversation(actor(), wanted)
    except NotFoundError as error:
        st.warning(as_text(f"{error.message} {error.remedy}"), icon=":material/link_off:")
        conversation_list(None)
        st.stop()


def open_conversation(conversation_id: str | None, model: str | None = None) -> None:
    """Show this conversation, or a new one with `model`, from the next rerun."""
    shown = {_ADDRESS: conversation_id} if conversation_id else {"model": model} if model else {}
    if st.query_params.to_dict() != shown:
        st.query_params.from_dict(shown)  # in one call: each change adds an entry to the browser's history


def conversation_list(shown: Conversation | None) -> None:
    """A search box and the conversations it finds, newest first."""
    st.button(
        "New conversation",
        icon=":material/add:",
        key="chat-new",
        width="stretch",
        on_click=open_conversation,
        args=(None, next(iter(shown.models), None) if shown else None),
        disabled=_ADDRESS not in st.query_params,
    )
    search = st.text_input("Search conversations", placeholder="A word in a title or message", key="chat-search")
    found = conversations(actor(), search)
    if not found:
        st.caption("Nothing found." if search.strip() else "Your conversations appear here.")
    for one in found:
        st.button(
            as_text(cut_middle(one.title, 34)),
            key=f"open-{one.id}",
            help=as_text(f"{one.title} · {ago_text(one.changed_at)}"),
            type="secondary" if shown and one.id == shown.id else "tertiary",
            on_click=open_conversation,
            args=(one.id,),
        )
    _undo()


def title_row(shown: Conversation) -> None:
    """The conversation's title, with Rename and Delete."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(as_text(shown.title), anchor=False)
        _rename(shown)
        if st.button("Delete", icon=":material/delete:", type="tertiary"):
            with showing_errors():
                delete(actor(), shown.id)
                open_conversation(None)
                st.rerun()


def _rename(shown: Conversation) -> None:
    """The Rename button and form; a new key after each rename closes the popover."""
    times = st.session_state.get(_RENAMED, 0)
    popover = st.popover("Rename", icon=":material/edit:", type="tertiary", key=f"rename-{times}")
    with popover, st.form(f"rename-form-{shown.id}", border=False):
        title = st.text_input("Title", shown.title, max_chars=LONGEST_TITLE, key=f"title-{shown.id}")
        if st.form_submit_button("Save", type="primary"):
            with showing_errors():
                rename(actor(), shown.id, title)
                st.session_state[_RENAMED] = times + 1
                st.rerun()


def _undo() -> None:
    gone = last_deleted(actor())
    if gone is None:
        return
    st.caption(f"“{as_text(cut_middle(gone.title, 34))}” was deleted\\. You can restore it for an hour\\.")
    if st.button("Restore", icon=":material/undo:", key=f"restore-{gone.id}"):
        with showing_errors():
            restore(actor(), gone.id)
            open_conversation(gone.id)
            st.rerun()
