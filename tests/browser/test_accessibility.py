"""Accessibility: axe in both themes, wide and narrow, and every main action by keyboard alone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessible import faults
from tests.seeded import seed
from tests.studio import running_studio

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390)
VIEWS = {
    "overview": "", "data": "data", "dataset": "data?dataset={dataset}", "train": "train", "runs": "runs",
    "run": "runs?run={run}", "failed run": "runs?run={failed run}", "evaluate": "evaluate",
    "evaluation": "evaluate?job={evaluation}", "exports": "export", "export": "export?job={export}", "chat": "chat",
    "serve": "serve", "settings": "settings",
}  # fmt: skip
QUICK = ("run",)
DIALOGS = {"run": "Delete this run", "export": "Delete this export", "serve": "Delete"}
MAIN_ACTION = "[data-testid=stBaseButton-primary], [class*='st-key-next-'] button, [data-testid=stChatInputTextArea]"
NO_MAIN_ACTION = ("dataset", "failed run", "settings", "runs")
"""They have a table or settings instead."""
MOST_STOPS = 120
SETTLED = """() => document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')
    && !document.querySelector('[data-testid=stStatusWidget], [data-testid=stSkeleton]')"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory) -> Iterator[tuple]:
    home = tmp_path_factory.mktemp("seeded") / "workspace"
    things = seed(home)
    with running_studio(home) as studio:
        yield studio, things


def open_view(page: Page, seeded: tuple, view: str) -> None:
    studio, things = seeded
    page.goto(f"{studio.url}/{VIEWS[view].format(**things)}")
    page.get_by_role("heading", level=1).wait_for()
    settled(page)
    assert page.get_by_test_id("stException").count() == 0


def settled(page: Page) -> None:
    """Drawn to the end: no script runs and nothing waits for its data."""
    page.wait_for_function(SETTLED)
    page.wait_for_timeout(300)


def combinations() -> Iterator[tuple[str, int]]:
    yield from ((theme, width) for width in WIDTHS for theme in ("light", "dark"))


def show(page: Page, theme: str, width: int) -> None:
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    settled(page)


@pytest.mark.parametrize("view", QUICK)
def test_the_busiest_page_has_no_serious_accessibility_fault(page, seeded, view):
    open_view(page, seeded, view)
    for theme, width in (("light", 1280), ("dark", 390)):
        show(page, theme, width)
        assert faults(page) == [], (theme, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.long
@pytest.mark.parametrize("view", VIEWS)
def test_no_page_has_a_serious_accessibility_fault(page, seeded, view):
    open_view(page, seeded, view)
    for theme, width in combinations():
        show(page, theme, width)
        assert faults(page) == [], (theme, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.long
@pytest.mark.parametrize("view", ["run", "export", "serve"])
def test_dialogs_have_no_serious_fault_and_close_with_escape(page, seeded, view):
    open_view(page, seeded, view)
    if view != "serve":
        page.get_by_role("group").filter(has_text=re.compile("Delete")).last.locator("summary").click()
    page.get_by_role("button", name=re.compile(f"{DIALOGS[view]}$")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name=re.compile("Yes, delete it$"))).to_be_visible()
    for theme, width in combinations() if view == "run" else [("dark", 390)]:
        show(page, theme, width)
        assert faults(page) == [], (theme, width)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize(
    "view",
    [
        "data",
        *(pytest.param(view, marks=pytest.mark.long) for view in VIEWS if view not in ("data", *NO_MAIN_ACTION)),
    ],
)
def test_the_keyboard_alone_reaches_the_main_action(page, seeded, view):
    open_view(page, seeded, view)
    stops = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("(action) => Boolean(document.activeElement?.closest(action))", MAIN_ACTION):
            return
        stops.append(page.evaluate("() => document.activeElement?.outerHTML.slice(0, 120)"))
    raise AssertionError(f"Tab never came to the main action, but at last to {stops[-5:]}")


@pytest.mark.long
def test_the_theme_is_switched_in_settings_for_every_page(page, seeded):
    open_view(page, seeded, "settings")
    page.get_by_role("radio", name="Dark").check()
    for view in ("settings", "runs"):
        open_view(page, seeded, view)
        ground = page.get_by_test_id("stApp").evaluate("element => getComputedStyle(element).backgroundColor")
        assert sum(map(int, re.findall(r"\d+", ground)[:3])) < 150, view
        assert faults(page) == []
    open_view(page, seeded, "settings")
    page.get_by_role("radio", name="Same as system").check()
    open_view(page, seeded, "runs")
    ground = page.get_by_test_id("stApp").evaluate("element => getComputedStyle(element).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", ground)[:3])) > 600
