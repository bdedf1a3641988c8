"""Bringing a file or a text: sent past Streamlit's memory straight into the workspace, with progress and Cancel."""

import streamlit as st

from app.components.frame import telling_errors
from app.components.scripted import scripted
from app.components.wording import as_text, size_text
from app.datasets import UPLOAD_LIMIT_BYTES, UPLOAD_SUFFIXES, store_upload

_KINDS = "Tables, JSON, text, PDF, Word and HTML; compressed or zipped too."
_HTML = """
<div class="zone" role="group" aria-label="Upload a file">
  <div class="row">
    <input class="file" type="file" tabindex="-1" aria-label="File to upload">
    <button class="pick" type="button">Choose a file</button>
    <span>or drop it here</span>
  </div>
  <p class="limit"></p>
  <div class="going" hidden>
    <progress class="bar" max="1" value="0"></progress>
    <div class="row">
      <p class="figures" role="status"></p>
      <button class="cancel" type="button">Cancel</button>
    </div>
  </div>
  <p class="said" role="alert"></p>
  <button class="again" type="button" hidden>Try again</button>
</div>
"""


def upload_box() -> dict | None:
    """Let the person send a file; returns {"id", "name", "bytes"} of the last one that arrived, kept over redraws."""
    limit_bytes = UPLOAD_LIMIT_BYTES
    sent = scripted(
        "upload",
        _HTML,
        key="upload",
        data={
            "limit_bytes": limit_bytes,
            "limit_text": size_text(limit_bytes),
            "kinds": _KINDS,
            "suffixes": list(UPLOAD_SUFFIXES),
            "uploaded": st.session_state.get("data-upload"),
        },
        default={"uploaded": None},
        on_uploaded_change=lambda: None,
    )
    if sent.uploaded:
        st.session_state["data-upload"] = dict(sent.uploaded)
    return st.session_state.get("data-upload")


def paste_box() -> dict | None:
    """Let the person paste a text; it becomes an upload when they say that it is whole."""
    text = st.text_area(
        "Text",
        height=180,
        key="data-text",
        persist_state="page",
        placeholder='question,answer\n"What is …?","It is …"',
        help="A table, JSON, JSON lines or plain text: what it is, is found out.",
    )
    if st.button("Use this text", icon=":material/content_paste:", disabled=not text.strip()):
        with telling_errors():
            kept = store_upload("pasted.txt", [text.encode()])
            st.session_state["data-pasted"] = kept | {"name": "Pasted text", "text": text}
    kept = st.session_state.get("data-pasted")
    if kept and kept["text"] != text:
        st.caption("The text has changed since it was used\\. Use it again to see it below\\.")
    elif kept:
        st.caption(f"{as_text(size_text(kept['bytes']))} of text used\\.")
    return kept
