"""One row in full, to edit or add: one field per text."""

import json

import streamlit as st

from app.components.data.draft import draft_of
from app.components.errors import show_error
from app.components.vocabulary import Split
from app.plumbing.inspection import ask
from core.errors import InputError

_JSON = ("messages", "tools")
_WHOLE = 10_000_000
_TALL = ("instruction", "input", "output", "text", "chosen", "rejected", "messages", "system", "passage")


@st.dialog("Edit a row", width="large")
def edit_row(dataset: dict, row: int) -> None:
    """A dialog with every text of the row; changes go into the draft."""
    found = ask("table_page", folder=dataset["path"], filters={"rows": [row]}, cell_characters=_WHOLE, limit=1)
    before = found["rows"][0]
    st.caption(f"Row {row}, {before['split']}. Changes are saved when you save all of them as a new version.")
    given = _fields(_text_columns(found["columns"]), before)
    if st.button("Apply", type="primary", icon=":material/check:"):
        values = {name: text for name, text in given.items() if text != _shown(name, before.get(name) or "")}
        _keep(dataset["id"], {"kind": "edit", "rows": (row,), "values": values} if values else None)


@st.dialog("Add a row", width="large")
def add_row(dataset: dict, columns: list[str]) -> None:
    """A dialog with empty fields; the new row goes into the draft."""
    splits = [str(split) for split in Split]
    split = st.segmented_control("Split", splits, default=splits[0], required=True)
    given = _fields(_text_columns(columns), {})
    if st.button("Add it", type="primary", icon=":material/add:"):
        values = {name: text for name, text in given.items() if text.strip()}
        _keep(dataset["id"], {"kind": "add", "values": values, "split": split})


def _fields(columns: list[str], row: dict) -> dict[str, str]:
    given = {}
    for name in columns:
        label, text = name.capitalize(), _shown(name, row.get(name) or "")
        given[name] = (
            st.text_area(label, text, key=f"field-{name}")
            if name in _TALL
            else st.text_input(label, text, key=f"field-{name}")
        )
    return given


def _keep(dataset_id: str, change: dict | None) -> None:
    if change:
        try:
            change["values"] = {name: _stored(name, text) for name, text in change["values"].items()}
        except InputError as error:
            show_error(error)
            return
        draft_of(dataset_id).append(change)
    st.rerun()


def _text_columns(columns: list[str]) -> list[str]:
    return [name for name in columns if name not in ("row", "split")]


def _shown(name: str, text: str) -> str:
    """JSON indented for reading; other text unchanged."""
    return json.dumps(json.loads(text), ensure_ascii=False, indent=1) if name in _JSON and text else text


def _stored(name: str, text: str) -> str:
    if name not in _JSON or not text:
        return text
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InputError(
            f"{name.capitalize()} is not JSON: {error}.", "Correct it, or close without applying."
        ) from None
    if not isinstance(value, list):
        raise InputError(f"{name.capitalize()} is not a list.", 'Write [{"role": "user", "content": "…"}, …].')
    return json.dumps(value, ensure_ascii=False)
