"""One Chromium per module, a page per test, and no time limit that anything but a hang would reach."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.install.browser import find_browser
from tests.waiting import PATIENCE_MS

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Ended with each module: while Playwright runs, no other test of this process can run an event loop of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS), timeout=PATIENCE_MS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def cached(chromium: Browser) -> Iterator[BrowserContext]:
    """A context whose cache holds Streamlit's scripts after the first visit: compiling them takes half of a visit."""
    context = _new_context(chromium)
    yield context
    context.close()


@pytest.fixture
def visit(chromium: Browser, cached: BrowserContext) -> Iterator[Callable[..., Page]]:
    """`visit(width=…, height=…, theme=…)`: a page in a browser without cookies; each call is another browser."""
    contexts: list[BrowserContext] = []

    def new_page(width: int = 1280, height: int = 900, theme: str = "light") -> Page:
        contexts.append(_new_context(chromium) if contexts else cached)
        page = contexts[-1].new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        return page

    yield new_page
    for context in contexts:
        _forget(context) if context is cached else context.close()


def _new_context(chromium: Browser) -> BrowserContext:
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE_MS)
    return context


def _forget(context: BrowserContext) -> None:
    """Close every page, and forget everything but the cache."""
    for page in context.pages:
        stored = {"origin": page.evaluate("location.origin"), "storageTypes": "local_storage"}
        context.new_cdp_session(page).send("Storage.clearDataForOrigin", stored)
        page.close()
    context.clear_cookies()
    context.clear_permissions()


@pytest.fixture
def page(visit) -> Page:
    return visit()
