"""Disk usage, cleaning up, and what can still be restored."""

import shutil

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.settings.clean_up import clean_up
from app.disk.trash import deleted, undo
from app.disk.usage import storage_used
from app.plumbing.studio import home
from app.wording.markdown import as_text
from app.wording.numbers import plural, size_text
from app.wording.times import ago_text


def storage_view() -> None:
    """Draw the bytes used by each kind of thing, largest first, and what is free."""
    used = storage_used()
    disk = shutil.disk_usage(home())
    st.caption(f"{size_text(disk.free)} free of {size_text(disk.total)}, {size_text(sum(used.values()))} used here\\.")
    rows = [{"What": what, "Size": size_text(size)} for what, size in sorted(used.items(), key=lambda one: -one[1])]
    st.dataframe(rows, hide_index=True, height="content")
    clean_up()
    st.caption(
        "Delete runs, exports, evaluations, datasets and deployments on their own pages. Uploads are removed an hour "
        "after a dataset was made from them, or after a week."
    )
    _trash()


def _trash() -> None:
    entries = deleted(actor())
    if not entries:
        return
    st.markdown(f"**{plural(len(entries), 'deleted thing')}, restorable for 24 hours**")
    for entry in entries:
        name, act = st.columns([0.7, 0.3], vertical_alignment="center")
        name.markdown(
            f"{as_text(entry.kind.capitalize())} {as_text(entry.name)} · {size_text(entry.size_bytes)} · "
            f"deleted {ago_text(entry.deleted_at)}"
        )
        with act:
            back = st.button("Restore", icon=":material/undo:", key=f"back-{entry.id}")
        with showing_errors():
            if back:
                undo(actor(), entry.id)
                st.rerun()
