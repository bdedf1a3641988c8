"""Input survives a reload, a visit to another page, and a refusal."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.studio import Studio, running_studio

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    with running_studio(tmp_path_factory.mktemp("forms") / "workspace") as running:
        yield running


def field(page: Page, label: str):
    return page.get_by_role("spinbutton", name=label)


def fill(page: Page, label: str, value: str) -> None:
    field(page, label).fill(value)
    field(page, label).press("Tab")


def staged(studio: Studio) -> list[str]:
    return [file.name for folder in (studio.home / "uploads").glob("*") for file in folder.iterdir()]


def test_input_is_checked_at_its_field_and_survives_a_reload_and_another_page(visit, page, studio):
    page.goto(f"{studio.url}/data")
    fill(page, "Examples", "0")
    told = page.get_by_test_id("stColumn").filter(has=field(page, "Examples")).get_by_role("alert")
    expect(told).to_contain_text("Examples must be at least 1.")
    start = page.get_by_role("button", name=re.compile("Make the dataset$"))
    expect(start).to_be_disabled()
    fill(page, "Examples", "37")
    expect(told).to_have_count(0)
    expect(start).to_be_enabled()

    page.reload()
    expect(field(page, "Examples")).to_have_value("37")
    page.get_by_test_id("stSidebarNav").get_by_text("Settings", exact=True).click()
    page.get_by_role("heading", name="Settings", exact=True).wait_for()
    page.get_by_test_id("stSidebarNav").get_by_text("Data", exact=True).click()
    expect(field(page, "Examples")).to_have_value("37")

    other = visit()  # another browser has drafts of its own
    other.goto(f"{studio.url}/data")
    expect(field(other, "Examples")).to_have_value("100")


def test_an_upload_survives_a_reload_can_be_removed_and_is_deleted_when_refused(page, studio, tmp_path):
    good, broken = tmp_path / "good.csv", tmp_path / "broken.json"
    good.write_text("question,answer\n" + "What is rust?,Iron that met water.\n" * 3)
    broken.write_text('{"rows": [1, 2,')
    page.goto(f"{studio.url}/data")
    page.get_by_test_id("stButtonGroup").get_by_text("A file", exact=True).click()
    page.get_by_label("File to upload").set_input_files(good)
    remove = page.get_by_role("button", name=re.compile("Remove good"))
    remove.wait_for()
    page.reload()
    expect(page.get_by_text("good.csv is uploaded")).to_be_visible()
    expect(page.get_by_role("combobox", name="Question")).to_be_visible()
    assert staged(studio) == ["good.csv"]
    remove.click()
    expect(remove).to_have_count(0)
    expect(page.get_by_text("good.csv is uploaded")).to_have_count(0)
    assert staged(studio) == []

    page.get_by_label("File to upload").set_input_files(broken)
    expect(page.get_by_test_id("stAlert").filter(has_text="broken.json")).to_be_visible()
    expect(page.get_by_text("broken.json is uploaded")).to_have_count(0)
    assert staged(studio) == []
