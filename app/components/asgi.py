"""The pages as an ASGI application, mounted beside REST on the same port."""

from pathlib import Path

import streamlit
from starlette.types import Receive, Scope, Send
from streamlit.runtime.pages_manager import PagesManager

from app.plumbing.browser_cookie import BrowserCookie

_ROOT = Path(__file__).resolve().parent.parent.parent


class _Pages(streamlit.App):
    """Streamlit's application, plus a cookie for browsers that have none."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await BrowserCookie(super().__call__)(scope, receive, send)


def pages_app() -> streamlit.App:
    """The studio's pages. The caller runs its `lifespan()` before the first request."""
    # With a folder called pages/, Streamlit would open a page's address directly on the first visit, bypassing Home.py
    # and so the navigation and the theme. Home.py lists the pages itself.
    PagesManager.uses_pages_directory = False
    return _Pages(_ROOT / "Home.py")


def first_html() -> str:
    """Streamlit's HTML document, which every page starts from."""
    return (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
