"""Twenty tabs opened at once: seconds until each has its first page, from a studio that has just started.

`tabs` are tabs of one Chromium: most of their time is its own, reading Streamlit's scripts once for each (2.9 s of CPU
each). `served` is the studio's part alone: the files that a tab asks for, and its page over a WebSocket, asked for by
as many clients without a browser.
"""

import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from app.install.browser import find_browser
from tests.browser.conftest import FLAGS
from tests.studio import Studio, running_studio

TABS = 20
PAGES = ("", "data", "train", "runs", "evaluate", "export", "chat", "serve", "settings")
_PATIENCE_SECONDS = 300
_OF_COMPONENTS = "/bidi-components/"
"""In the addresses of what a page that has been drawn asks for."""


def measure() -> dict[str, dict[str, float]]:
    """The first, the median and the last of the tabs, and of what they are served."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        with running_studio(Path(place) / "tabs") as studio:
            tabs, files = tab_seconds(browser, studio), files_of_a_tab(browser, studio)
        browser.close()
        with running_studio(Path(place) / "served") as studio:
            served = served_seconds(studio, files)
    return {side: _figures(seconds) for side, seconds in (("tabs", tabs), ("served", served))}


def _figures(seconds: list[float]) -> dict[str, float]:
    return {"first_s": min(seconds), "median_s": statistics.median(seconds), "last_s": max(seconds)}


def tab_seconds(browser: Browser, studio: Studio) -> list[float]:
    """Seconds from the moment when all are told to open until each shows the heading of its page and no more comes."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = [context.new_page() for _ in range(TABS)]
    began = time.monotonic()
    for number, tab in enumerate(opened):  # told from inside, so that none waits for the others
        tab.evaluate("address => { window.location = address }", f"{studio.url}/{PAGES[number % len(PAGES)]}")
    drawn: dict[int, float] = {}
    while len(drawn) < TABS:
        assert time.monotonic() - began < _PATIENCE_SECONDS, f"{len(drawn)} of {TABS} tabs have drawn their page"
        for number, tab in enumerate(opened):
            if number not in drawn and _is_drawn(tab):
                drawn[number] = time.monotonic() - began
        opened[0].wait_for_timeout(50)
    context.close()
    return list(drawn.values())


def _is_drawn(tab: Page) -> bool:
    return tab.locator("[data-testid=stApp][data-test-script-state=notRunning] h1").count() > 0


def files_of_a_tab(browser: Browser, studio: Studio) -> list[str]:
    """The paths that a tab with an empty cache asks for until its first page is drawn."""
    asked: list[str] = []
    context = browser.new_context()
    tab = context.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(studio.url)
    tab.locator("h1").wait_for()
    context.close()
    return [address.removeprefix(studio.url) for address in asked if address.startswith(studio.url)]


def served_seconds(studio: Studio, files: list[str]) -> list[float]:
    """Seconds until each of twenty clients, which begin in the same moment, has those files and its page."""
    ready = threading.Barrier(TABS)

    def one(number: int) -> float:
        with studio.client(limits=httpx.Limits(max_connections=6)) as client:
            client.timeout = _PATIENCE_SECONDS
            ready.wait()
            began = time.monotonic()
            for path in files:
                if _OF_COMPONENTS not in path:
                    client.get(path).raise_for_status()
            _draw(studio, PAGES[number % len(PAGES)])
            for path in files:
                if _OF_COMPONENTS in path:
                    client.get(path).raise_for_status()
            return time.monotonic() - began

    with ThreadPoolExecutor(TABS) as pool:
        return list(pool.map(one, range(TABS)))


def _draw(studio: Studio, page: str) -> None:
    """Ask for a page as a tab does, and wait until its script has ended."""
    asking = BackMsg()
    asking.rerun_script.page_name = page
    address = f"ws://127.0.0.1:{studio.port}/_stcore/stream"
    options = {"origin": studio.url, "subprotocols": ["streamlit"], "proxy": None, "max_size": None}
    with connect(address, open_timeout=_PATIENCE_SECONDS, **options) as opened:
        opened.send(asking.SerializeToString())
        told = ForwardMsg()
        while told.WhichOneof("type") != "script_finished":
            told = ForwardMsg.FromString(opened.recv(timeout=_PATIENCE_SECONDS))
