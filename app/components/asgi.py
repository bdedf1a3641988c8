"""The pages as one ASGI application, to be mounted beside REST on the same port."""

from pathlib import Path

import streamlit
from streamlit.runtime.pages_manager import PagesManager

_ROOT = Path(__file__).resolve().parent.parent.parent


def pages_app() -> streamlit.App:
    """The studio's pages. The caller runs its `lifespan()` before the first request."""
    # With a folder called pages/, Streamlit would serve a first visit straight to a page's address without Home.py,
    # and so without navigation and look. Home.py names the pages itself.
    PagesManager.uses_pages_directory = False
    return streamlit.App(_ROOT / "Home.py")


def first_html() -> str:
    """The HTML document that every page starts from."""
    return (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
