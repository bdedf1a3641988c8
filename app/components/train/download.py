"""Downloading a base model on the page: what it takes, its progress and time left, and a button to stop it."""

import streamlit as st

from app.components.errors import show_error
from app.models.downloads import Download, download_of, start_download, stop_download
from app.wording.markdown import as_text
from app.wording.times import span_text


def offer_download(reference: str, name: str, why: str) -> None:
    """Say `why` the model is to be downloaded, with a button; once pressed, show the progress instead.

    A download continues after the page is closed, and the page shows it again on return.
    """
    download = download_of(reference)
    if download and not download.ended:
        st.fragment(_progress, run_every=1)(reference)
        return
    if download:
        if not download.error:
            return
        show_error(download.error)
    st.info(as_text(why))
    if st.button(f"Download {name}", icon=":material/download:", key="fetch-model"):
        start_download(reference)
        st.rerun()


def _progress(reference: str) -> None:
    download = download_of(reference)
    if download is None or download.ended:
        st.rerun()
    bar, stop = st.columns([0.8, 0.2], vertical_alignment="center")
    bar.progress(min(1.0, download.done / download.total) if download.total else 0.0, text=_in_words(download))
    if stop.button("Stop", icon=":material/stop:", key="stop-fetch", help="What has arrived stays for the next time."):
        stop_download(reference)
        st.rerun()


def _in_words(download: Download) -> str:
    left = download.seconds_left
    return as_text(download.stage) + (f" · about {span_text(left)} left" if left is not None else "")
