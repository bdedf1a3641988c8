"""A training by rewards in a browser: rewards tried on samples, its live view, its end, and its adapter in the chat."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screenshots import shoot
from tests.browser.test_runs import STEP_MS, WIDTHS, button, check, fold
from tests.seeded import seed
from tests.studio import running_studio

pytestmark = [pytest.mark.browser, pytest.mark.long]

REWARDS = ("Length", "Ends by itself")


def figure(page: Page, label: str):
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")


def fill(page: Page, label: str, value: str) -> None:
    box = page.get_by_role("spinbutton", name=label, exact=True)
    box.fill(value)
    box.press("Enter")


def test_rewards_are_tried_earned_and_the_adapter_answers_in_the_chat(page: Page, tmp_path):
    home = tmp_path / "workspace"
    things = seed(home)
    with running_studio(home, TUNEWRIGHT_DEFAULT_MODEL="starter") as studio:
        page.goto(f"{studio.url}/train?dataset={things['dataset']}")
        page.get_by_role("radio", name="Earn rewards (GRPO)").click()
        expect(page.get_by_text("Choose what is rewarded in an answer.").first).to_be_visible()
        expect(button(page, "Start training")).to_be_disabled()
        for reward in REWARDS:
            page.get_by_role("button", name=reward, exact=True).click()
        fill(page, "Most words", "100")
        scored = fold(page, "What these rewards give the dataset's answers, and wrong ones")
        scored.press("Enter")
        expect(page.get_by_text(re.compile(r"^The dataset's: \d"))).to_be_visible()
        expect(page.get_by_text("Wrong answers earn as much as the dataset's")).to_be_visible()  # form is all it asks
        shoot(page, "grpo-scored", WIDTHS)
        check(page)

        fold(page, "Advanced").press("Enter")
        fill(page, "Steps", "12")
        fill(page, "Validate every, steps", "4")
        fill(page, "Longest answer, tokens", "24")
        expect(figure(page, "Steps")).to_have_text("12")
        expect(figure(page, "Time")).to_have_text(re.compile(r"\d"), timeout=STEP_MS)
        shoot(page, "grpo-card", WIDTHS)
        button(page, "Start training").press("Enter")

        expect(figure(page, "Mean reward")).to_have_text(re.compile(r"^-?\d"), timeout=STEP_MS)
        page.get_by_test_id("chart").first.wait_for(timeout=STEP_MS)
        shoot(page, "grpo-live", WIDTHS)
        check(page)
        expect(page.get_by_text("succeeded").first).to_be_visible(timeout=STEP_MS)
        expect(figure(page, "Best validation reward")).to_have_text(re.compile(r"^\d"))
        expect(page.locator("strong", has_text=re.compile("mean reward on 6 unseen examples"))).to_be_visible()
        expect(page.get_by_role("heading", name="Answers as it learns")).to_be_visible()
        expect(page.get_by_text("Step 12", exact=True).first).to_be_visible()
        shoot(page, "grpo-end", WIDTHS)
        check(page)

        run = page.url.partition("?run=")[2]
        page.goto(f"{studio.url}/chat?model={run}")
        expect(page.get_by_role("combobox", name="Model", exact=True)).to_have_value(re.compile("care-3"))
        box = page.get_by_test_id("stChatInput").get_by_role("textbox")
        box.fill("What are the symptoms of asthma?")
        box.press("Enter")
        expect(page.get_by_text(re.compile("tokens/s"))).to_be_visible(timeout=STEP_MS)
        shoot(page, "grpo-chat")
