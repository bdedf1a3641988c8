"""Unsaved manual changes to a dataset, kept as a draft in the order they were made."""

from collections import Counter
from collections.abc import Iterable

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.form import this_browser
from app.data.versions import revise
from app.plumbing.drafts import delete_draft, read_draft, store_draft, why_not_stored
from app.wording.markdown import as_text
from app.wording.numbers import plural

_WORDS = {
    "drop": "deleted",
    "edit": "edited",
    "add": "added",
    "tag": "tagged",
    "untag": "tagged",
    "move": "moved",
}


def draft_of(dataset_id: str) -> list[dict]:
    """The changes, each with the fields of `core.specs.Change`; callers append to this list."""
    if (key := f"draft-{dataset_id}") not in st.session_state:
        st.session_state[key] = read_draft(this_browser(), f"rows-{dataset_id}").get("changes", [])
    return st.session_state[key]


def apply_draft(changes: list[dict], rows: Iterable[dict]) -> list[dict]:
    """`rows` with the changes applied; `change` says in a word what happened to each, or is empty."""
    return [_applied(changes, dict(row, change="")) for row in rows]


def _applied(changes: list[dict], row: dict) -> dict:
    for change in changes:
        if row["row"] not in change.get("rows", ()):
            continue
        row["change"] = _WORDS[change["kind"]]
        row |= change.get("values", {})
        if change["kind"] == "move":
            row["split"] = change["split"]
        if change["kind"] in ("tag", "untag"):
            tags = [tag for tag in row.get("tags", "").split(", ") if tag and tag != change["tag"]]
            row["tags"] = ", ".join([*tags, change["tag"]] if change["kind"] == "tag" else tags)
    return row


def draft_bar(dataset_id: str) -> None:
    """Draw the unsaved changes with buttons to save, undo and discard; nothing if there are none."""
    changes = draft_of(dataset_id)
    _keep(dataset_id, changes)
    if not changes:
        return
    if why := why_not_stored(changes):
        st.warning(as_text(f"{why} Save a version before you continue."), icon=":material/warning:")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/edit: **{plural(len(changes), 'unsaved change')}:** {_summary(changes)}")
        if st.button("Save as a new version", type="primary", icon=":material/save:"):
            _save(dataset_id, changes)
        st.button("Undo the last change", icon=":material/undo:", on_click=changes.pop)
        st.button("Discard all", icon=":material/delete:", on_click=changes.clear)


def _keep(dataset_id: str, changes: list[dict]) -> None:
    """Store the draft if it has changed; every change reruns the page."""
    kept, page = f"draft-kept-{dataset_id}", f"rows-{dataset_id}"
    if st.session_state.get(kept, 0) == len(changes):
        return
    with showing_errors():
        if changes:
            store_draft(this_browser(), page, changes=changes)
        else:
            delete_draft(this_browser(), page)
        st.session_state[kept] = len(changes)


def _summary(changes: list[dict]) -> str:
    """How many rows were edited, deleted and so on."""
    counts = Counter()
    for change in changes:
        counts[_WORDS[change["kind"]]] += len(change.get("rows", (0,)))
    return ", ".join(f"{count:,} {word}" for word, count in counts.items())


def _save(dataset_id: str, changes: list[dict]) -> None:
    with showing_errors():
        job = revise(actor(), dataset_id, changes=[dict(change) for change in changes])
        changes.clear()
        st.query_params.clear()
        st.query_params["job"] = job.id
        st.rerun()
