"""From samples to an answer by clicking only: training watched live, scores, GGUF, download, chat."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.evaluation.metrics.matches import token_f1
from core.evaluation.metrics.words import pieces, plain
from tests.browser.screenshots import shoot
from tests.studio import running_studio
from tests.waiting import PATIENCE_MS

pytestmark = pytest.mark.browser

STEP_MS = 3 * PATIENCE_MS
"""A training, a scoring or an export beside whatever else the machine does."""
SUGGESTED = "[data-testid=stBaseButton-primary]:enabled"
MOST_CLICKS = 8


def button(page: Page, words: str):
    return page.get_by_role("button", name=re.compile(re.escape(words) + "$"))


def open_page(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_text(title, exact=True).click()
    page.get_by_role("heading", name=title, exact=True).wait_for()


def step_shown(page: Page) -> int:
    shown = page.get_by_test_id("stMetric").filter(has_text="Step").get_by_test_id("stMetricValue")
    return int(shown.first.inner_text().replace(",", ""))


def watch_updates(page: Page, updates: int) -> list[int]:
    """The steps at which the loss chart was seen to have grown."""
    page.get_by_test_id("chart").first.wait_for(timeout=STEP_MS)
    seen = [step_shown(page)]
    while len(seen) <= updates:
        page.wait_for_function(
            """before => {
                const metric = [...document.querySelectorAll('[data-testid=stMetric]')]
                    .find(element => element.innerText.startsWith('Step'));
                const value = metric?.querySelector('[data-testid=stMetricValue]')?.innerText.replaceAll(',', '');
                return value && Number(value) > before;
            }""",
            arg=seen[-1],
            timeout=STEP_MS,
        )
        seen.append(step_shown(page))
    return seen


def test_from_samples_to_an_answer_by_clicking_only(tmp_path, page):
    with running_studio(tmp_path / "workspace") as studio:
        page.goto(studio.url)
        page.get_by_role("heading", name="Overview").wait_for()
        shoot(page, "overview-empty")

        button(page, "Try it with samples").click()
        expect(page.get_by_text("succeeded")).to_be_visible(timeout=STEP_MS)
        expect(page.get_by_test_id("stMetric").filter(has_text="Train")).to_contain_text("80")
        shoot(page, "data")

        button(page, "Train on it").click()
        page.get_by_role("heading", name="Train", exact=True).wait_for()
        shoot(page, "train")
        epochs = page.get_by_role("spinbutton", name="Epochs")
        epochs.fill("4")  # enough to see it learn
        epochs.press("Enter")
        button(page, "Start training").click()
        page.get_by_role("heading", name="Runs", exact=True).wait_for()
        assert len(watch_updates(page, 3)) > 3
        shoot(page, "run-live")
        address = page.url
        page.reload()
        page.get_by_test_id("chart").first.wait_for(timeout=STEP_MS)
        assert page.url == address
        assert step_shown(page) > 0
        expect(page.get_by_text("succeeded")).to_be_visible(timeout=STEP_MS)
        verdict = re.compile("^(?!Done training).*the loss on 10 unseen examples")
        expect(page.locator("strong", has_text=verdict)).to_be_visible()
        shoot(page, "run")

        button(page, "Evaluate this run").click()
        page.get_by_role("heading", name="Evaluate", exact=True).wait_for()
        button(page, "Evaluate").click()
        expect(page.get_by_text("Answers behind the scores")).to_be_visible(timeout=STEP_MS)
        shoot(page, "evaluate")

        button(page, "Export it to GGUF").click()
        page.get_by_role("heading", name="Export", exact=True).wait_for()
        button(page, "Export").click()
        download_link = page.get_by_role("link", name=re.compile("Download")).first
        expect(download_link).to_be_visible(timeout=STEP_MS)
        shoot(page, "export")
        with page.expect_download() as downloading:
            download_link.click()
        downloaded = Path(downloading.value.path())
        page.get_by_text(re.compile("^More about")).first.click()
        told = page.get_by_text(re.compile(r"^SHA-256 [0-9a-f]{64}$")).first.inner_text().removeprefix("SHA-256 ")
        assert hashlib.sha256(downloaded.read_bytes()).hexdigest() == told

        button(page, "Chat with it").click()
        page.get_by_role("heading", name="Chat", exact=True).wait_for()
        box = page.get_by_test_id("stChatInput").get_by_role("textbox")
        box.fill("What are the symptoms of asthma?")
        box.press("Enter")
        expect(page.get_by_text(re.compile(r"tokens/s"))).to_be_visible(timeout=STEP_MS)
        shoot(page, "chat")


@pytest.mark.long
@pytest.mark.smollm2
@pytest.mark.timeout(7200)
def test_eight_suggested_clicks_lead_to_an_acceptable_answer(tmp_path, page):
    clicked: list[str] = []
    with running_studio(tmp_path / "workspace", TUNEWRIGHT_DEFAULT_MODEL="smollm2-135m") as studio:
        page.goto(studio.url)
        while page.get_by_role("heading", name="Chat", exact=True).count() == 0:
            assert len(clicked) < MOST_CLICKS, clicked
            page.locator(SUGGESTED).wait_for(timeout=STEP_MS)
            shoot(page, f"eight-clicks-{len(clicked)}")
            clicked.append(page.locator(SUGGESTED).inner_text().splitlines()[-1])
            page.locator(SUGGESTED).click()
            expect(button(page, clicked[-1])).to_have_count(0)
        page.get_by_role("radiogroup", name="Try one of these").get_by_role("radio").first.click()
        expect(page.get_by_text(re.compile("tokens/s"))).to_be_visible(timeout=STEP_MS)
        question, answer = (
            page.get_by_test_id("stChatMessage").locator("[data-testid=stText], .answer").all_inner_texts()
        )
        shoot(page, "eight-clicks-answer")
        asked = json.loads(next(studio.home.glob("runs/*/predictions.json")).read_text())
        open_page(page, "Overview")
        close = sum(row["scores"]["tuned"]["f1"] >= 0.5 for row in asked)
        expect(page.get_by_text(f"{close} of {len(asked)} right or close to it").first).to_be_visible()
        shoot(page, "eight-clicks-overview")
    expected = next(row["reference"] for row in asked if row["instruction"] in question)
    assert token_f1(pieces(plain(answer)), pieces(plain(expected))) >= 0.5, (question, answer, expected)
