"""From click to settled page: seconds until what a click asks for is drawn, no script runs and nothing is stale.

A real Chromium on a studio with one of everything, `ROUNDS` rounds of the same clicks. `first` is the first round, on a
studio that has just started. The browser works on the same cores.
"""

import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from app.components.frame import SECTIONS
from app.install.browser import find_browser
from tests.browser.conftest import FLAGS
from tests.seeded import seed
from tests.studio import Studio, running_studio

ROUNDS = 3
SETTLED = """() => document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')
    && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')"""
_STARTED = ("queued", "running")


class Action(NamedTuple):
    """What is clicked, and what is there once it is done; either is found on the page of that moment."""

    name: str
    click: Callable[[Page], Locator]
    done: Callable[[Page], Locator]
    at: str | None = None
    """The address to begin at; None goes on where the last action ended."""


def measure() -> dict[str, dict[str, float]]:
    """Seconds of each action: in the first round, at the median, and at the worst."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        home = Path(place) / "workspace"
        things = seed(home)
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        with running_studio(home) as studio:
            rounds = [_round(browser, studio, things) for _ in range(ROUNDS)]
        browser.close()
    seconds = {name: [one[name] for one in rounds] for name in rounds[0]}
    return {
        "first_s": rounds[0],
        "median_s": {name: statistics.median(each) for name, each in seconds.items()},
        "worst_s": {name: max(each) for name, each in seconds.items()},
    }


def _round(browser: Browser, studio: Studio, things: dict[str, str]) -> dict[str, float]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(studio.url)
        page.wait_for_function(SETTLED)
        seconds = {action.name: _seconds(page, studio, action) for action in (*_visits(), *_actions(things))}
    _stop_what_was_started(studio)
    return seconds


def _seconds(page: Page, studio: Studio, action: Action) -> float:
    if action.at is not None:
        page.goto(f"{studio.url}/{action.at}")
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_function(SETTLED)
    clicked = action.click(page)
    clicked.wait_for()
    began = time.monotonic()
    clicked.click()
    action.done(page).wait_for()
    page.wait_for_function(SETTLED)
    return time.monotonic() - began


def _visits() -> Iterator[Action]:
    """Each page by the sidebar, the one that is open already last."""
    first, *others = (entry for pages in SECTIONS.values() for entry in pages)
    for entry in (*others, first):
        yield Action(
            f"sidebar: {entry.title}",
            lambda page, title=entry.title: page.get_by_test_id("stSidebarNav").get_by_text(title, exact=True),
            lambda page, title=entry.title: page.get_by_role("heading", name=title, exact=True),
        )


def _actions(things: dict[str, str]) -> Iterator[Action]:
    """The main actions of the pages, in the order of the way."""
    yield Action("open a dataset", _link("care"), _button("Train on it"), "data")
    yield Action("Train on it", _button("Train on it"), _button("Start training"))
    yield Action("Start training", _button("Start training"), _link("All runs"))
    yield Action("open a run", _link("care-2"), _button("Evaluate this run"), "runs")
    yield Action("All runs", _link("All runs"), _link("care-2"))
    yield Action("Evaluate this run", _button("Evaluate this run"), _button("Evaluate"), f"runs?run={things['run']}")
    yield Action("Evaluate", _button("Evaluate"), _link("All evaluations"))
    yield Action("Export", _button("Export"), _link("All exports"), f"export?model={things['run']}")
    yield Action("Chat with it", _button("Chat with it"), _heading("Chat"), f"export?job={things['export']}")


def _link(words: str) -> Callable[[Page], Locator]:
    return lambda page: page.get_by_test_id("stMain").get_by_role("link", name=re.compile(f"^{words}")).first


def _button(words: str) -> Callable[[Page], Locator]:
    return lambda page: page.get_by_role("button", name=re.compile(f"{words}$")).first


def _heading(words: str) -> Callable[[Page], Locator]:
    return lambda page: page.get_by_role("heading", name=words, exact=True)


def _stop_what_was_started(studio: Studio) -> None:
    """So that no round is measured beside the jobs of the one before."""
    with studio.client() as client:
        while started := [job for job in client.get("/api/jobs").json() if job["state"] in _STARTED]:
            for job in started:
                client.post(f"/api/jobs/{job['id']}/cancel")
            time.sleep(1)
