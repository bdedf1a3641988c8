"""Blind A/B by keyboard alone: votes count once, nothing on the page names a model, the ranking follows the votes."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessible import faults
from tests.finished import dataset_with_near_copies, evaluated, trained
from tests.seeded import working_on
from tests.studio import running_studio

pytestmark = [pytest.mark.browser, pytest.mark.long]

TREES = {"base": "oak", "tuned": "ash", "nearest": "elm"}
"""What each model answers: nothing that holds its name."""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    home = tmp_path_factory.mktemp("blind") / "workspace"
    home.mkdir()
    with working_on(home):
        dataset = dataset_with_near_copies()
        scores = evaluated(trained(dataset).output_dir, dataset, 86, count=8)
        file = Path(scores.output_dir, "predictions.json")
        rows = [row | {"predictions": TREES} for row in json.loads(file.read_text())]
        file.write_text(json.dumps(rows))
    with running_studio(home) as studio:
        yield f"{studio.url}/evaluate?job={scores.id}"


def progress(page: Page):
    return page.get_by_text(re.compile(r"\d+ of 24 pairs voted on"))


def press(page: Page, key: str, done: int) -> None:
    page.keyboard.press(key)
    expect(progress(page)).to_have_text(f"{done} of 24 pairs voted on")


def test_a_person_votes_with_keys_and_learns_which_model_they_prefer(address, page: Page):
    page.goto(address)
    page.get_by_role("link", name="Compare the answers blind").click()
    expect(progress(page)).to_have_text("0 of 24 pairs voted on")
    for done in range(1, 25):
        answers = page.get_by_test_id("stText").filter(has_text=re.compile("^(oak|ash|elm)$"))
        written = answers.all_text_contents()
        assert len(written) == 2
        assert re.findall("Base model|-base-|tuned|nearest|look-up", page.content(), re.IGNORECASE) == []
        press(page, {0: "1", 1: "2"}.get(written.index("ash") if "ash" in written else 2, "4"), done)
        if done == 3:
            press(page, "u", 2)
            press(page, "3", 3)
    expect(page.get_by_text("You have voted on every pair.")).to_be_visible()
    page.get_by_text("What the votes say so far").click()
    rows = page.get_by_test_id("stTable").locator("tbody tr")
    expect(rows.first).to_contain_text("Tuned")
    expect(rows.first).to_contain_text("preferred to Base model")
    expect(page.get_by_text(re.compile("24 votes, 1 tie and"))).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(address, page: Page, theme, width):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}&blind=1")
    expect(progress(page)).to_be_visible()
    page.wait_for_timeout(1500)
    assert faults(page) == []
