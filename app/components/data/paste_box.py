"""Pasting text, which becomes an upload."""

import hashlib

import streamlit as st

from app.components.data.upload_box import REFUSED, take_back, while_kept
from app.components.errors import show_error, showing_errors
from app.components.form import Form
from app.data.uploads import store_upload
from app.plumbing.drafts import why_not_stored
from app.wording.markdown import as_text
from app.wording.numbers import size_text

_PASTED = {".csv": "Table", ".jsonl": "JSON lines", ".json": "JSON", ".txt": "Text"}


def paste_box(form: Form) -> dict | None:
    """Draw the text box; the text becomes an upload when "Use this text" is pressed."""
    text = st.text_area(
        "Text",
        height=180,
        placeholder='question,answer\n"What is …?","It is …"',
        **form.bind("text", ""),
    )
    if why := why_not_stored(text):
        st.warning(as_text(f"{why} Use it now, or upload it as a file."), icon=":material/warning:")
    guessed = kind_of(text)
    suffix = st.segmented_control(
        "Read as",
        list(_PASTED),
        required=True,
        format_func=_PASTED.get,
        **form.bind(f"read-as-{guessed}", guessed, _PASTED),
    )
    if st.button("Use this text", icon=":material/content_paste:", disabled=not text.strip()):
        with showing_errors():
            kept = store_upload(f"pasted{suffix}", [text.encode()])
            st.session_state.pop(REFUSED, None)
            take_back(form, "pasted")
            form.keep("pasted", kept | {"name": "Pasted text", "text": _digest(text)})
    kept = form.typed.get("pasted")
    if refused := st.session_state.get(REFUSED):
        show_error(refused)
    if kept and kept["text"] != _digest(text):
        st.caption("The text has changed\\. Press “Use this text” again to update the preview\\.")
    elif kept:
        st.caption(f"{as_text(size_text(kept['bytes']))} of text used\\.")
    return while_kept(kept)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def kind_of(text: str) -> str:
    """The file suffix that matches the format of a pasted text."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if text.lstrip()[:1] in ("{", "["):
        return ".jsonl" if len(lines) > 1 and all(line.rstrip().endswith("}") for line in lines) else ".json"
    first, *more = lines[:5] or [""]
    tabular = any(mark in first and all(mark in line for line in more) for mark in "\t;,|")
    return ".csv" if more and tabular else ".txt"
