"""From click to settled page: seconds until what a click asks for is drawn, no script runs and nothing is stale.

A real Chromium on a studio with one of everything, `ROUNDS` rounds of the same clicks in one tab; a job that a click
starts is stopped before the next. `first` is the first round, of a studio and a browser that have just started. The
browser works on the same cores.
"""

import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Locator, Page, sync_playwright

from app.components.navigation import SECTIONS
from app.install.browser import find_browser
from tests.browser.conftest import FLAGS
from tests.seeded import seed
from tests.studio import Studio, running_studio

ROUNDS = 7
SETTLED = """() => document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')
    && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')"""
_STARTED = ("queued", "running")


class Action(NamedTuple):
    """What is clicked, and what is there once it is done; either is found on the page of that moment."""

    name: str
    click: Callable[[Page], Locator]
    done: Callable[[Page], Locator]
    at: str | None = None
    """The page to begin at; None goes on where the last action ended."""


def measure() -> dict[str, dict[str, float]]:
    """Seconds of each action: in the first round, at the median, and at the worst."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        home = Path(place) / "workspace"
        seed(home)
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        with running_studio(home) as studio:
            rounds = [_round(page, studio) for _ in range(ROUNDS)]
        browser.close()
    seconds = {name: [one[name] for one in rounds] for name in rounds[0]}
    return {
        "first_s": rounds[0],
        "median_s": {name: statistics.median(each) for name, each in seconds.items()},
        "worst_s": {name: max(each) for name, each in seconds.items()},
    }


def _round(page: Page, studio: Studio) -> dict[str, float]:
    page.goto(studio.url)
    page.wait_for_function(SETTLED)
    return {action.name: _seconds(page, studio, action) for action in (*_visits(), *_actions())}


def _seconds(page: Page, studio: Studio, action: Action) -> float:
    if action.at:
        _in_sidebar(page, action.at).click()
        _heading(action.at)(page).wait_for()
        page.wait_for_function(SETTLED)
    clicked = action.click(page)
    clicked.wait_for()
    began = time.monotonic()
    clicked.click()
    action.done(page).wait_for()
    page.wait_for_function(SETTLED)
    seconds = time.monotonic() - began
    _stop_what_was_started(studio)
    return seconds


def _visits() -> Iterator[Action]:
    """Each page by the sidebar, the one that is open already last."""
    first, *others = (entry.title for pages in SECTIONS.values() for entry in pages)
    for title in (*others, first):
        yield Action(f"sidebar: {title}", lambda page, title=title: _in_sidebar(page, title), _heading(title))


def _actions() -> Iterator[Action]:
    """The main actions of the pages, in the order of the way."""
    yield Action("open a dataset", _link("care"), _button("Train on it"), "Data")
    yield Action("Train on it", _button("Train on it"), _button("Start training"))
    yield Action("Start training", _button("Start training"), _link("All runs"))
    yield Action("open a run", _link("care-2"), _button("Evaluate this run"), "Runs")
    yield Action("Evaluate this run", _button("Evaluate this run"), _button("Evaluate"))
    yield Action("Evaluate", _button("Evaluate"), _link("All evaluations"))
    yield Action("Export", _button("Export"), _link("All exports"), "Export")
    yield Action("All exports", _link("All exports"), _button("Export"))
    yield Action("open an export", _link("care(?!-)"), _button("Chat with it"))
    yield Action("Chat with it", _button("Chat with it"), _heading("Chat"))


def _in_sidebar(page: Page, title: str) -> Locator:
    return page.get_by_test_id("stSidebarNav").get_by_text(title, exact=True)


def _link(words: str) -> Callable[[Page], Locator]:
    return lambda page: page.get_by_test_id("stMain").get_by_role("link", name=re.compile(f"^{words}")).first


def _button(words: str) -> Callable[[Page], Locator]:
    return lambda page: page.get_by_role("button", name=re.compile(f"{words}$")).first


def _heading(words: str) -> Callable[[Page], Locator]:
    return lambda page: page.get_by_role("heading", name=words, exact=True)


def _stop_what_was_started(studio: Studio) -> None:
    """So that no click is measured beside the job that the one before has started."""
    with studio.client() as client:
        while started := [job for job in client.get("/api/jobs").json() if job["state"] in _STARTED]:
            for job in started:
                client.post(f"/api/jobs/{job['id']}/cancel")
            time.sleep(0.2)
