"""What can be done with several runs at once: compare, tag, archive, delete."""

import streamlit as st

from app.components.actor import actor
from app.components.delete_button import JUST_DELETED
from app.components.errors import show_error, showing_errors
from app.disk.trash import preview_deletion
from app.training.runs import archive_runs, delete_runs, tag_runs
from app.wording.markdown import as_text, cut_middle
from app.wording.numbers import plural, size_text
from core.errors import TunewrightError
from core.specs.keeping import ThingKind

_ASKED = "asked-to-delete-runs"
"""Session key: whether the dialog is open, so that it stays open when the page is redrawn."""
_MOST_COMPARED = 8
_NAMED = 6


def bulk_actions(chosen: dict[str, str], archived: bool) -> None:
    """Draw the actions on the chosen runs (name by id) at the foot of the page; nothing while none is chosen."""
    if not chosen:
        return
    with st.bottom.container(horizontal=True, vertical_alignment="center"):
        comparable = 2 <= len(chosen) <= _MOST_COMPARED
        if st.button("Compare", type="primary", icon=":material/stacked_line_chart:", disabled=not comparable,
                     help=None if comparable else f"Choose two to {_MOST_COMPARED} runs"):  # fmt: skip
            st.query_params.from_dict({"compare": ",".join(chosen)})
            st.rerun()
        with st.popover("Tag", icon=":material/sell:"):
            _tagging(chosen)
        words, icon = ("Out of the archive", ":material/unarchive:") if archived else ("Archive", ":material/archive:")
        if st.button(words, icon=icon):
            with showing_errors():
                archive_runs(actor(), list(chosen), archived=not archived)
                _done()
        st.button("Delete", icon=":material/delete:", on_click=_ask_for, args=(True,))
        if st.button("Choose none", icon=":material/close:"):
            _done()
        st.caption(f"{plural(len(chosen), 'run')} chosen")
    if st.session_state.get(_ASKED):
        _ask(dict(chosen))


def _ask_for(asked: bool = False) -> None:
    st.session_state[_ASKED] = asked


def _done() -> None:
    st.session_state["runs-chosen"].clear()
    _ask_for()
    st.rerun()


def _tagging(chosen: dict[str, str]) -> None:
    tag = st.text_input("Tag", key="bulk-tag", placeholder="to compare")
    with st.container(horizontal=True), showing_errors():
        if st.button("Add", icon=":material/add:", disabled=not tag.strip()):
            tag_runs(actor(), list(chosen), [tag])
            _done()
        if st.button("Remove", icon=":material/remove:", disabled=not tag.strip()):
            tag_runs(actor(), list(chosen), remove=[tag])
            _done()


@st.dialog("Delete these runs?", on_dismiss=_ask_for)
def _ask(chosen: dict[str, str]) -> None:
    frees_bytes, deletable, refused = 0, [], []
    for run_id in chosen:
        try:
            frees_bytes += preview_deletion(actor(), ThingKind.RUN, run_id).frees_bytes
            deletable.append(run_id)
        except TunewrightError as error:
            refused.append(error)
    for error in refused[:_NAMED]:
        show_error(error)
    if not deletable:
        return
    names = ", ".join(as_text(cut_middle(chosen[run_id], 30)) for run_id in deletable[:_NAMED])
    more = f" and {len(deletable) - _NAMED:,} more" if len(deletable) > _NAMED else ""
    st.markdown(
        f"This deletes {plural(len(deletable), 'run')} with adapters, checkpoints, curves and logs, and frees "
        f"{size_text(frees_bytes)}: {names}{more}\\."
    )
    st.caption("They can be restored for 24 hours; their space is freed after that, or earlier under Settings.")
    if st.button("Yes, delete", type="primary", icon=":material/delete:"):
        thrown, _ = delete_runs(actor(), deletable)
        words = f"{plural(len(thrown), 'run')} {'was' if len(thrown) == 1 else 'were'} deleted\\."
        st.session_state[JUST_DELETED] = (tuple(entry.id for entry in thrown), words)
        _done()
