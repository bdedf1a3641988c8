"""Verdicts, tables, expanders and charts as a browser renders them, over finished jobs inserted by hand."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.app.components.test_contrast import LOOKS, TEXT, THEME, contrast
from tests.finished import dataset_with_near_copies, evaluated, exported, trained
from tests.seeded import working_on
from tests.studio import running_studio

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """The addresses of a run, an evaluation and an export in a studio of their own."""
    home = tmp_path_factory.mktemp("verdicts") / "workspace"
    home.mkdir()
    with working_on(home):
        dataset = dataset_with_near_copies()
        run = trained(dataset)
        scores, export = evaluated(run.output_dir, dataset, 86), exported(run.output_dir)
    with running_studio(home) as studio:
        yield {
            "run": f"{studio.url}/runs?run={run.id}",
            "evaluation": f"{studio.url}/evaluate?job={scores.id}",
            "export": f"{studio.url}/export?job={export.id}",
        }


def box(found: Locator) -> dict:
    found.first.wait_for()
    return found.first.bounding_box()


def apart(one: dict, other: dict) -> bool:
    return (
        one["x"] + one["width"] <= other["x"]
        or other["x"] + other["width"] <= one["x"]
        or one["y"] + one["height"] <= other["y"]
        or other["y"] + other["height"] <= one["y"]
    )


def test_the_table_of_an_export_is_sorted_and_in_view_on_a_phone(places, page: Page):
    page.goto(places["export"])
    rows = page.get_by_test_id("stTable").locator("tbody tr")
    expect(rows).to_have_count(3)
    assert [row.split()[0] for row in rows.all_inner_texts()] == ["q4_k_m", "q8_0", "q4_0"]
    expect(page.get_by_text("86 of 120 right or close to it")).to_be_visible()
    with page.expect_download() as downloading:
        rows.first.get_by_role("link", name="Download").click()
    assert Path(downloading.value.path()).read_text() == "q4_k_m"
    page.get_by_text("More about q4_k_m").click()
    expect(page.get_by_text("SHA-256").first).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 900})
    last = box(rows.first.locator("td").last)
    assert last["x"] + last["width"] <= 390


def test_long_answers_fold_and_unfold(places, page: Page):
    page.goto(places["evaluation"])
    fold = page.get_by_test_id("stExpander").filter(has_text="The whole text").first
    whole = fold.get_by_test_id("stText")
    expect(fold).to_be_visible()
    expect(whole).to_be_hidden()
    fold.get_by_text("The whole text").click()
    expect(whole).to_be_visible()
    assert len(whole.inner_text()) > 700


@pytest.mark.parametrize("look", LOOKS)
def test_text_in_a_chart_has_enough_contrast_in_both_themes(places, page: Page, look):
    page.emulate_media(color_scheme=look)
    page.goto(places["run"])
    chart = page.get_by_test_id("chart").first
    chart.locator(".annotation").first.wait_for()
    words = chart.locator(".annotation text.annotation-text, .xtick text, .ytick text, .xtitle, .ytitle")
    fills = words.evaluate_all("found => found.map(one => getComputedStyle(one).fill)")
    for fill in fills:
        colour = "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", fill)[:3])
        assert contrast(colour, THEME[look]["backgroundColor"]) >= TEXT, colour
    assert len(fills) > 10


def test_the_labels_of_a_chart_mark_the_best_step_and_cover_nothing(places, page: Page):
    page.goto(places["run"])
    chart = page.get_by_test_id("chart").first
    chart.scroll_into_view_if_needed()
    names = ("training", "smoothed", "validation", "best, step 80")
    labels = [box(chart.locator(".annotation").filter(has_text=name)) for name in names]
    assert all(apart(one, other) for number, one in enumerate(labels) for other in labels[:number])
    chart.hover()
    plot, toolbar = box(chart.locator(".nsewdrag")), box(chart.locator(".modebar-container .modebar"))
    assert toolbar["y"] + toolbar["height"] <= plot["y"] + 1
    assert chart.locator(".modebar-btn[data-title*='Share' i]").count() == 0  # nothing is sent to a cloud
    assert chart.locator(".modebar-btn").count() > 3
