"""Comparing models in a browser: chosen and named with the keyboard, and what came out, on a screen and on a phone."""

import json
import re
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from app.data.start_preparing import start_preparing
from app.plumbing.studio import store
from storage.actors import OWNER
from storage.settings import settings
from tests.app.working import work_off
from tests.browser.accessible import faults
from tests.browser.screenshots import shoot
from tests.compared import NAMES, a_comparison, tuned
from tests.studio import running_studio

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio with two tuned models and a finished comparison; its URL and the comparison's id."""
    home = tmp_path_factory.mktemp("compared") / "workspace"
    home.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUNEWRIGHT_HOME", str(home))
        settings.cache_clear()
        store.cache_clear()
        dataset = work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="law"))
        first, _ = tuned("first", dataset["path"])
        tuned("second", dataset["path"])
        scores = a_comparison(dataset["path"])
        store().close()
        store.cache_clear()
        settings.cache_clear()
    with running_studio(home) as running:
        yield running.url, scores.id, first


def test_models_are_chosen_named_and_started_with_the_keyboard(studio, page: Page):
    url, _, first = studio
    page.goto(f"{url}/evaluate?model={first}")
    box = page.get_by_role("combobox", name=re.compile("further models"))
    box.focus()
    page.keyboard.type("second")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    name = page.get_by_role("textbox", name="Name for second")
    expect(name).to_have_value("second")
    expect(page.get_by_role("textbox", name="Name for starter")).to_be_visible()
    name.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Longer training")
    page.keyboard.press("Tab")
    expect(name).to_have_value("Longer training")
    shoot(page, "comparison-form", (1280, 390))
    assert faults(page) == []
    page.get_by_role("button", name="Evaluate", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("job="))
    asked = json.load(urllib.request.urlopen(f"{url}/api/jobs?kind=evaluate&limit=1"))[0]["spec"]
    assert [one["name"] for one in asked["models"]] == ["starter", "first", "Longer training", "Look-up"]
    assert asked["reference"] == "starter"


@pytest.mark.parametrize("width", [1280, 390])
def test_every_model_is_beside_the_others_and_every_split_has_its_scores(studio, visit, width):
    url, scores, _ = studio
    page = visit(width=width)
    page.goto(f"{url}/evaluate?job={scores}")
    expect(page.get_by_text("200 examples of the test split")).to_be_visible()
    header = page.get_by_test_id("stTable").first.locator("thead")
    assert [name for name in NAMES if name not in header.inner_text()] == []
    expect(page.get_by_test_id("chart").locator(".legendtext")).to_have_count(len(NAMES))
    colours = page.locator(".legendpoints path.scatterpts").evaluate_all(
        "points => points.map(point => getComputedStyle(point).fill)"
    )
    assert len({*colours}) == len(NAMES)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shoot(page, f"comparison-{width}")
    assert faults(page) == []
    page.get_by_role("radio", name="train").click()
    expect(page.get_by_text("900 examples of the train split")).to_be_visible()
    expect(page.get_by_text("in train").first).to_be_visible()
    expect(page.get_by_text("in test")).to_have_count(0)
