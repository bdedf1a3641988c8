"""Actions on the rows selected in the table: edit, add, delete, tag, move."""

import streamlit as st

from app.components.data.draft import draft_of
from app.components.data.row import add_row, edit_row
from app.wording.numbers import plural


def row_actions(dataset: dict, columns: list[str], chosen: list[int]) -> None:
    draft, none = draft_of(dataset["id"]), not chosen
    why = "Select rows in the table first" if none else None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.button(
            "Edit",
            icon=":material/edit:",
            disabled=len(chosen) != 1,
            help=None if len(chosen) == 1 else "Select one row in the table first",
        ):
            edit_row(dataset, chosen[0])
        if st.button("Add a row", icon=":material/add:"):
            add_row(dataset, columns)
        st.button(
            f"Delete {plural(len(chosen), 'row')}" if chosen else "Delete",
            icon=":material/delete:",
            disabled=none,
            help=why,
            on_click=draft.append,
            args=({"kind": "drop", "rows": tuple(chosen)},),
        )
        with st.popover("Tag", icon=":material/label:", disabled=none, help=why):
            tag = st.text_input("Tag", max_chars=60, key="new-tag", help="One word").strip()
            _labelled("Add tag", "tag", tag, chosen, draft)
            _labelled("Remove tag", "untag", tag, chosen, draft)
        with st.popover("Move", icon=":material/call_split:", disabled=none, help=why):
            for split in ("train", "validation", "test"):
                st.button(
                    f"To {split}",
                    key=f"move-{split}",
                    on_click=draft.append,
                    args=({"kind": "move", "rows": tuple(chosen), "split": split},),
                )


def _labelled(words: str, kind: str, tag: str, chosen: list[int], draft: list[dict]) -> None:
    st.button(
        words,
        key=f"do-{kind}",
        disabled=not tag,
        on_click=draft.append,
        args=({"kind": kind, "rows": tuple(chosen), "tag": tag},),
    )
