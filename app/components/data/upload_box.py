"""Uploading a file: streamed into the workspace, not through Streamlit's memory, with progress and Cancel."""

import streamlit as st

from app.components.errors import show_error
from app.components.form import Form
from app.components.scripted import scripted
from app.data.upload_cleanup import discard_upload
from app.data.uploads import UPLOAD_SUFFIXES, upload_limit_bytes, upload_path
from app.wording.markdown import as_text, cut_middle
from app.wording.numbers import size_text
from core.errors import NotFoundError, TunewrightError

_KINDS = (
    "Tables, JSON, text, PDF, Word and HTML; compressed or zipped too. "
    "The file is removed an hour after a dataset was made from it, or after a week if none was."
)
_SEEN, REFUSED = "upload-seen", "upload-refused"
"""Session keys: the id of the last file uploaded; why the last upload was rejected."""
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


def upload_box(form: Form) -> dict | None:
    """Draw the upload box and a Remove button; returns {"id", "name", "bytes", "path"} while the upload is kept."""
    limit_bytes = upload_limit_bytes()
    sent = scripted(
        "upload",
        _HTML,
        key="upload",
        data={
            "limit_bytes": limit_bytes,
            "limit_text": size_text(limit_bytes),
            "kinds": _KINDS,
            "suffixes": list(UPLOAD_SUFFIXES),
            "uploaded": form.typed.get("upload"),
        },
        default={"uploaded": None},
        on_uploaded_change=lambda: None,
    )
    arrived = sent.uploaded and dict(sent.uploaded)
    if arrived and arrived["id"] != st.session_state.get(_SEEN):  # the component repeats its value at every rerun
        st.session_state[_SEEN] = arrived["id"]
        st.session_state.pop(REFUSED, None)
        take_back(form, "upload")
        form.keep("upload", arrived)
        st.rerun()
    upload = form.typed.get("upload")
    if refused := st.session_state.get(REFUSED):
        show_error(refused)
    if upload and st.button(
        f"Remove {as_text(cut_middle(upload['name']))}", icon=":material/close:", key="remove-upload"
    ):
        take_back(form, "upload")
        st.rerun()
    return while_kept(upload)


def take_back(form: Form, name: str) -> None:
    """Remove the `upload` or `pasted` text from the form and the disk."""
    if upload := form.typed.get(name):
        discard_upload(upload["id"])
        form.keep(name, None)


def reject_upload(form: Form, name: str, error: TunewrightError) -> None:
    """Remove an unusable upload; the reason stays on the page until the next one."""
    take_back(form, name)
    st.session_state[REFUSED] = error
    st.rerun()


def while_kept(upload: dict | None) -> dict | None:
    """The upload with its `path`; None, with a message, once it was removed."""
    if not upload:
        return None
    try:
        return upload | {"path": upload_path(upload["id"])}
    except NotFoundError as error:
        st.info(f"{as_text(upload['name'])} is no longer kept\\. {as_text(error.remedy)}", icon=":material/info:")
        return None
