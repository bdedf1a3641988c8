"""A first visit straight to any page shows the frame, the page and no error, in both themes."""

import re

import pytest
from playwright.sync_api import expect

from app.components.frame import SECTIONS

pytestmark = pytest.mark.browser

PAGES = [page for pages in SECTIONS.values() for page in pages]
MAIN_ACTIONS = {
    "overview": "Try it with samples",
    "data": "Make the dataset",
    "train": "Make a dataset",
    "runs": "Start a training",
    "export": "Export",
    "serve": "Start serving",
}


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.slug)
def test_a_first_visit_straight_to_a_page_shows_the_frame(chromium, studio, entry):
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{studio.url}/{'' if entry.default else entry.slug}")
        page.get_by_role("heading", name=entry.title, exact=True).wait_for(timeout=30_000)
        navigation = page.get_by_test_id("stSidebarNav")
        for other in PAGES:
            assert navigation.get_by_text(other.title, exact=True).is_visible()
        assert page.get_by_test_id("stException").count() == 0
        assert page.title() == f"{entry.title}" or "Tunewright" in page.title()
        page.set_viewport_size({"width": 390, "height": 844})
        if action := MAIN_ACTIONS.get(entry.slug):
            button = page.get_by_test_id("stMain").get_by_role("button", name=re.compile(f"{action}$"))
            expect(button).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_follows_the_person(chromium, studio, theme):
    with chromium.new_context(color_scheme=theme) as context:
        page = context.new_page()
        page.goto(studio.url)
        page.get_by_role("heading", name="Overview").wait_for(timeout=30_000)
        background = page.get_by_test_id("stApp").evaluate("element => getComputedStyle(element).backgroundColor")
        lightness = sum(int(part) for part in background.removeprefix("rgb(").removesuffix(")").split(","))
        assert (lightness > 600) == (theme == "light")


def test_the_menu_and_deploy_button_of_streamlit_are_off(page, studio):
    page.goto(studio.url)
    page.get_by_role("heading", name="Overview").wait_for()
    assert page.get_by_test_id("stAppDeployButton").count() == 0
    assert page.get_by_test_id("stMainMenu").count() == 0
