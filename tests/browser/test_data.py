"""A messy table becomes a dataset one can trust: by mouse, by keyboard alone, and for those who cannot see it."""

import csv
import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.studio import running_studio

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SHOTS = Path(os.environ.get("TUNEWRIGHT_SCREENSHOTS", "reports/screenshots"))
JOB_MS = 90_000
HOSTILE = "<script>window.owned = 1</script> ![spy](http://203.0.113.7/spy.png) <img src=x onerror='window.owned = 1'>"


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    with running_studio(tmp_path_factory.mktemp("data") / "workspace") as running:
        yield running


@pytest.fixture(scope="module")
def messy_csv(tmp_path_factory) -> Path:
    """Columns that nobody can guess, Latin-1, exact repeats, HTML, an empty answer, and a row that attacks."""
    topics = ("asthma", "tea", "rust", "chess", "granite", "yeast", "tides", "moss", "amber", "flint", "hail", "kelp")
    rows = [
        (f"What should a beginner know about {topic} in year {number}?",
         f"The café rule number {number} of {topic} says: begin with {topic}, wait {number} days, then look again.")
        for topic in topics for number in range(1, 6)
    ]  # fmt: skip
    rows += [rows[0], rows[7], (rows[1][0], "<b>Something else</b> &amp; quite another answer to the very same words.")]
    rows += [
        ("Who answers this question about nothing at all, please?", ""),
        (f"What is {HOSTILE}?", f"It is {HOSTILE}"),
    ]
    path = tmp_path_factory.mktemp("files") / "hotline.csv"
    with path.open("w", encoding="latin-1", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["xq1", "zz2"])
        writer.writerows(rows)
    return path


def open_data(page: Page, studio) -> None:
    page.goto(f"{studio.url}/data")
    page.get_by_role("button", name="Make the dataset").wait_for()


def button(page: Page, words: str):
    return page.get_by_role("button", name=re.compile(re.escape(words) + "$"))


def choose(page: Page, words: str) -> None:
    """One of a segmented control's choices."""
    page.get_by_test_id("stButtonGroup").get_by_text(words, exact=True).click()


def select(page: Page, label: str, option: str) -> None:
    box = page.get_by_role("combobox", name=label)
    box.click()
    page.get_by_role("option", name=option, exact=True).click()


def await_version(page: Page, number: int) -> None:
    expect(page.get_by_text(f"Version {number}", exact=True).first).to_be_visible(timeout=JOB_MS)
    expect(page.get_by_text("succeeded")).to_be_visible()


def shoot(page: Page, name: str) -> None:
    """Keep what the person sees, in both themes."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_timeout(300)
        page.screenshot(path=SHOTS / f"{name}-{theme}.png")
    page.emulate_media(color_scheme="light")


STREAMLITS_OWN = {"list": "[data-testid=stSidebarNav]", "listitem": "[data-testid=stSidebarNav]"}
"""Rule of axe to the only place where it may fail: the navigation puts its sections into a list as plain boxes."""


def faults(page: Page) -> list[str]:
    """What axe calls serious or critical, but for what is Streamlit's own and cannot be mended from here."""
    found = [
        (fault["id"], node)
        for fault in Axe().run(page).response["violations"]
        for node in fault["nodes"]
        if fault["impact"] in ("serious", "critical")
    ]
    return [f"{rule}: {node['target']} {node['html'][:200]}" for rule, node in found if not _is_own(page, rule, node)]


def _is_own(page: Page, rule: str, node: dict) -> bool:
    place = STREAMLITS_OWN.get(rule)
    inside = "([target, place]) => Boolean(document.querySelector(target)?.closest(place))"
    return bool(place) and len(node["target"]) == 1 and page.evaluate(inside, [node["target"][0], place])


def test_a_messy_table_becomes_a_dataset_one_can_trust(page, studio, messy_csv):
    foreign = []
    page.on("request", lambda request: foreign.append(request.url) if not _own(request.url, studio) else None)
    open_data(page, studio)
    choose(page, "A file")
    expect(page.get_by_text("Up to 4.29 GB")).to_be_visible()
    page.get_by_label("File to upload").set_input_files(messy_csv)
    expect(page.get_by_text("hotline.csv is here")).to_be_visible()
    select(page, "Question", "xq1")
    select(page, "Answer", "zz2")
    preview = page.get_by_role("group", name=re.compile("Example 1 "))
    expect(preview.locator("mark").first).to_contain_text("The café rule number 1 of asthma")
    shoot(page, "data-import")
    assert faults(page) == []

    button(page, "Make the dataset").click()
    expect(page.get_by_text("succeeded")).to_be_visible(timeout=JOB_MS)
    shoot(page, "data-report")
    assert faults(page) == []

    button(page, "Leave the contradictions out").click()
    await_version(page, 2)
    choose(page, "Split again")
    page.get_by_text("Name and split").click()
    page.get_by_label("Train share").fill("0.6")
    page.get_by_label("Test share").fill("0.3")
    page.get_by_label("Test share").press("Tab")
    button(page, "Make a new version").click()
    await_version(page, 3)

    choose(page, "Versions")
    expect(page.get_by_test_id("stMetric").filter(has_text="Moved")).to_be_visible()
    shoot(page, "data-versions")
    assert faults(page) == []
    button(page, "Undo").click()
    await_version(page, 4)

    choose(page, "Rows")
    expect(page.get_by_text("rows found")).to_be_visible()
    page.get_by_label("Search").fill("owned")
    page.get_by_label("Search").press("Enter")
    expect(page.get_by_text("1 row found")).to_be_visible()
    shoot(page, "data-rows")
    assert faults(page) == []
    assert page.evaluate("window.owned") is None
    assert not foreign


def _own(url: str, studio) -> bool:
    return url.startswith((studio.url, "data:", "blob:", studio.url.replace("http", "ws")))
