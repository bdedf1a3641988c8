"""Twenty tabs opened at once: seconds until each has drawn its first page, in a workspace with work in it.

The tabs of one Chromium share the cores with the studio. `server` has as many sessions without a browser: WebSockets
that ask for the page as a tab does, and wait until it is told that the script has ended.
"""

import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from app.install.browser import find_browser
from tests.browser.conftest import FLAGS
from tests.studio import Studio, running_studio

TABS = 20
PAGES = ("", "data", "train", "runs", "evaluate", "export", "chat", "serve", "settings")
_PATIENCE_MS = 120_000


def measure() -> dict[str, dict[str, float]]:
    """Seconds by tabs of a browser and by sessions of the server alone."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        with running_studio(Path(place) / "sessions") as studio:
            sessions = session_seconds(studio)
        with running_studio(Path(place) / "tabs") as studio:
            tabs = tab_seconds(browser, studio)
        browser.close()
    return {side: _figures(seconds) for side, seconds in (("tabs", tabs), ("sessions", sessions))}


def _figures(seconds: list[float]) -> dict[str, float]:
    return {"first_s": min(seconds), "median_s": statistics.median(seconds), "last_s": max(seconds)}


def tab_seconds(browser: Browser, studio: Studio, tabs: int = TABS) -> list[float]:
    """Seconds from the moment when all are told to open until each shows the heading of its page and no more loads."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = [context.new_page() for _ in range(tabs)]
    began = time.monotonic()
    for number, tab in enumerate(opened):
        # Told from inside, so that none waits for the others.
        tab.evaluate("address => { window.location = address }", f"{studio.url}/{PAGES[number % len(PAGES)]}")
    drawn: dict[int, float] = {}
    while len(drawn) < tabs:
        assert time.monotonic() - began < _PATIENCE_MS / 1000, f"{len(drawn)} of {tabs} tabs have drawn their page"
        for number, tab in enumerate(opened):
            if number not in drawn and _is_drawn(tab):
                drawn[number] = time.monotonic() - began
        opened[0].wait_for_timeout(50)
    context.close()
    return list(drawn.values())


def _is_drawn(tab) -> bool:
    return tab.locator("[data-testid=stApp][data-test-script-state=notRunning] h1").count() > 0


def session_seconds(studio: Studio, sessions: int = TABS) -> list[float]:
    """Seconds until the script of each of so many sessions, opened in the same moment, has ended."""
    ready = threading.Barrier(sessions)

    def one(number: int) -> float:
        asking = BackMsg()
        asking.rerun_script.page_name = PAGES[number % len(PAGES)]
        ready.wait()
        began = time.monotonic()
        address = f"ws://127.0.0.1:{studio.port}/_stcore/stream"
        options = {"origin": studio.url, "subprotocols": ["streamlit"], "proxy": None, "max_size": None}
        with connect(address, open_timeout=120, **options) as opened:
            opened.send(asking.SerializeToString())
            while True:
                told = ForwardMsg.FromString(opened.recv(timeout=120))
                if told.WhichOneof("type") == "script_finished":
                    return time.monotonic() - began

    with ThreadPoolExecutor(sessions) as pool:
        return list(pool.map(one, range(sessions)))
