"""What tuning cost, in a browser: the switch on the form, and what was lost with the questions behind it."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.data.start_preparing import start_preparing
from storage.actors import OWNER
from tests.app.working import work_off
from tests.browser.accessible import faults
from tests.browser.screenshots import shoot
from tests.compared import a_comparison, forgotten, tuned
from tests.seeded import working_on
from tests.studio import running_studio

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """The addresses of the form for a tuned model, and of a comparison in which an adapter has lost arithmetic."""
    home = tmp_path_factory.mktemp("forgotten") / "workspace"
    home.mkdir()
    with working_on(home):
        dataset = work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="law"))
        model, _ = tuned("first", dataset["path"])
        scores = a_comparison(dataset["path"], **forgotten())
    with running_studio(home) as running:
        yield f"{running.url}/evaluate?model={model}", f"{running.url}/evaluate?job={scores.id}"


def test_it_is_switched_on_with_the_keyboard(studio, page: Page):
    page.goto(studio[0])
    switch = page.get_by_role("switch", name="Also measure what was forgotten")
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_be_checked()
    page.get_by_text("Advanced").click()
    expect(page.get_by_text("lm-evaluation-harness").first).to_be_visible()
    shoot(page, "forgetting-form", (1280,))
    assert faults(page) == []


def test_what_was_lost_is_read_question_by_question(studio, page: Page):
    page.goto(studio[1])
    expect(page.get_by_role("heading", name="What tuning cost")).to_be_visible()
    expect(page.get_by_text(re.compile("lost arithmetic: 61 → 44 of 80"))).to_be_visible()
    expect(page.get_by_text("What is 1 + 1?")).to_have_count(0)
    page.get_by_role("radio", name="general ability").click()
    expect(page.get_by_text("What is 1 + 1?")).to_be_visible()
    shoot(page, "forgetting", (1280, 390))
    page.get_by_role("radio", name="Largest loss").click()
    expect(page.get_by_text("What is 7 + 1?")).to_be_visible()
    expect(page.get_by_text("What is 6 + 1?")).to_have_count(0)
    assert faults(page) == []
