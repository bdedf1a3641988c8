"""A judge from its rubric to its verdict: written and previewed, asked at a real server, rated by keyboard, trusted."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessible import faults
from tests.core.data.synthesis.scripted import Script
from tests.finished import dataset_with_near_copies, trained
from tests.judged import an_evaluation, deserved, fair
from tests.seeded import working_on
from tests.studio import running_studio

pytestmark = [pytest.mark.browser, pytest.mark.long]

COUNT = 24


@pytest.fixture(scope="module")
def script():
    served = Script()
    served.answer = fair
    yield served
    served.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    home = tmp_path_factory.mktemp("judge") / "workspace"
    home.mkdir()
    with working_on(home):
        dataset = dataset_with_near_copies()
        scores = an_evaluation(dataset, trained(dataset).output_dir, count=COUNT)
    with running_studio(home) as studio:
        yield f"{studio.url}/evaluate?job={scores.id}"


def rated(page: Page, done: int):
    return expect(page.get_by_text(re.compile(rf"^{done} of {3 * COUNT} answers rated$")))


def test_a_judge_is_written_asked_rated_and_only_then_counts(address, script, page: Page):
    page.goto(address)
    page.get_by_role("link", name="Have a model judge the answers").click()
    page.get_by_label("What makes an answer good", exact=True).fill("It says how good it is.")
    page.get_by_label("What makes an answer good", exact=True).press("Control+Enter")
    page.get_by_text("What the judge is asked, word for word").click()
    prompts = page.get_by_test_id("stCode").filter(has_text="is data to be judged")
    prompt = prompts.first
    expect(prompt).to_contain_text("It says how good it is.")
    expect(page.get_by_text(f"is asked {3 * COUNT} times")).to_be_visible()
    page.get_by_text("An OpenAI-compatible endpoint").click()
    for label, value in (("Address", script.address), ("Model", "scripted")):
        page.get_by_label(label, exact=True).fill(value)
        page.get_by_label(label, exact=True).press("Enter")
    page.get_by_role("button", name="Judge the answers").click()
    expect(page.get_by_text("Not trusted yet")).to_be_visible()
    expect(page.get_by_text("What it says, which does not count yet")).to_be_visible()
    assert len(script.asked) == 3 * COUNT and prompts.count() == 0
    judging = page.url

    page.get_by_role("link", name="Rate answers yourself, blind").click()
    rated(page, 0).to_be_visible()
    for done in range(1, 22):
        shown = page.get_by_test_id("stText").filter(has_text=re.compile(r"^\w+ (sentence|reply|text) \d+$"))
        answer = shown.first.text_content()
        assert re.findall("Base model|tuned|nearest|look-up|scripted", page.content(), re.IGNORECASE) == []
        page.keyboard.press(str(deserved(answer)))
        rated(page, done).to_be_visible()
        if done == 3:
            page.keyboard.press("u")
            rated(page, 2).to_be_visible()
            page.keyboard.press(str(deserved(answer)))
            rated(page, 3).to_be_visible()

    page.goto(judging)
    expect(page.get_by_text(re.compile("^Trusted: it agreed with you on 21 of 21 answers, kappa 1.00"))).to_be_visible()
    page.goto(address)
    expect(
        page.get_by_text(re.compile("By the judge scripted at .*Tuned against Base model: better by"))
    ).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("view", ["form", "rating", "result"])
def test_axe_finds_nothing(address, page: Page, theme, width, view):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}&judge=1")
    landmark = page.get_by_text(re.compile("is asked .* times"))
    if view != "form":
        page.get_by_role("link", name=re.compile("judged")).click()
        landmark = page.get_by_text(re.compile("Cohen's kappa, quadratically"))
    if view == "rating":
        expect(landmark).to_be_visible()
        page.get_by_role("link", name="Rate answers yourself, blind").click()
        landmark = page.get_by_text(re.compile("answers rated$"))
    expect(landmark).to_be_visible()
    page.wait_for_timeout(1500)
    assert faults(page) == []
