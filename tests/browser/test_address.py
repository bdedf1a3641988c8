"""The address names what is shown: links, back and forward, the tab's title, and the next step in view."""

import re
from functools import partial

import pytest
from playwright.sync_api import Locator, Page, expect

from storage.database import open_store
from storage.settings import Settings
from tests import shop as made
from tests.studio import running_studio
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.long]

PAGES = {"data": "dataset", "runs": "run", "evaluate": "job", "export": "job"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A studio in which all has been done twice; and page → the ids of the first and of the second."""
    home = tmp_path_factory.mktemp("shop") / "workspace"
    home.mkdir()
    store = open_store(Settings(home=home))
    ids = {page: [] for page in PAGES}
    for name in ("kunden", "lager"):
        ids["data"].append(f"{made.a_dataset(store, home, name)}-1")
        ids["runs"].append(made.a_run(store, home, name, name))
        ids["evaluate"].append(made.an_evaluation(store, home, f"{name} scores", name))
        verdicts = {"q4_0": "recommended", "q4_k_m": "recommended", "q8_0": "recommended"}
        ids["export"].append(made.an_export(store, home, name, name, verdicts))
    store.close()
    with running_studio(home) as studio:
        yield studio, ids


def ends_above(one: Locator, other: Locator) -> bool:
    box = one.bounding_box()
    return box["y"] + box["height"] <= other.bounding_box()["y"] + 1


def main(page: Page):
    return page.get_by_test_id("stMain")


@pytest.mark.parametrize(
    "slug", [slug if slug == "runs" else pytest.param(slug, marks=pytest.mark.long) for slug in PAGES]
)
def test_the_address_names_what_is_shown_and_nothing_else(page, shop, slug):
    studio, ids = shop
    plain, first, second = (
        f"{studio.url}/{slug}{query}" for query in ("", *(f"?{PAGES[slug]}={one}" for one in ids[slug]))
    )
    page.goto(plain)
    main(page).get_by_role("link", name=re.compile("^kunden")).click()
    expect(page).to_have_url(first)
    expect(page).to_have_title(re.compile(f"^kunden.* · {slug.capitalize()} · Tunewright$"))
    main(page).get_by_role("link", name=re.compile("^All ")).click()
    expect(page).to_have_url(plain)
    link = main(page).get_by_role("link", name=re.compile("^lager"))
    link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(second)
    shown = main(page).get_by_role("heading", name=re.compile("^lager"))
    expect(shown).to_be_visible()
    page.go_back()
    expect(page).to_have_url(plain)
    expect(link).to_be_visible()
    page.go_forward()
    expect(shown).to_be_visible()
    expect(page).to_have_url(second)
    page.get_by_test_id("stSidebarNav").get_by_text("Overview", exact=True).click()
    expect(main(page).get_by_role("heading", name="Overview")).to_be_visible()
    page.go_back()  # from another page, to what was looked at there
    expect(page).to_have_url(second)
    expect(shown).to_be_visible()
    page.get_by_test_id("stSidebarNav").get_by_text(slug.capitalize(), exact=True).click()
    expect(link).to_be_visible()
    expect(page).to_have_url(plain)
    expect(page).to_have_title(f"{slug.capitalize()} · Tunewright")


def test_the_next_step_starts_from_what_is_shown(page, shop):
    studio, ids = shop
    page.goto(f"{studio.url}/export?job={ids['export'][0]}")
    page.get_by_role("button", name=re.compile("Chat with it$")).click()
    page.get_by_role("heading", name="Chat", exact=True).wait_for()
    expect(page.get_by_role("combobox", name="Model").first).to_have_value(re.compile("^kunden q4_k_m"))
    expect(page.get_by_text(made.QUESTION)).to_be_visible()
    page.goto(f"{studio.url}/runs?run={ids['runs'][0]}")
    page.get_by_role("button", name=re.compile("Evaluate this run$")).click()
    expect(page.get_by_role("combobox", name="Model")).to_have_value(re.compile("^kunden · tuned"))
    expect(page.get_by_role("combobox", name="Dataset")).to_have_value(re.compile("^kunden · "))
    page.go_back()
    expect(page).to_have_url(f"{studio.url}/runs?run={ids['runs'][0]}")
    expect(main(page).get_by_role("heading", name="kunden", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("size", "theme"),
    [
        ((390, 844), "dark"),
        pytest.param((1280, 900), "light", marks=pytest.mark.long),
        pytest.param((1280, 900), "dark", marks=pytest.mark.long),
        pytest.param((390, 844), "light", marks=pytest.mark.long),
    ],
    ids=str,
)
def test_the_next_step_is_in_view_and_covers_nothing(visit, shop, size, theme):
    studio, ids = shop
    width, height = size
    page = visit(width, height, theme)
    for slug, step in (("data", "Train on it"), ("runs", "Evaluate this run"), ("export", "Chat with it")):
        page.goto(f"{studio.url}/{slug}?{PAGES[slug]}={ids[slug][0]}")
        button = page.get_by_role("button", name=re.compile(f"{step}$"))
        expect(button).to_be_in_viewport(ratio=1)
        bar = page.get_by_test_id("stBottomBlockContainer")
        last = page.get_by_test_id("stMainBlockContainer").locator(":scope > div > *").last
        last.scroll_into_view_if_needed()
        page.mouse.move(width / 2, height / 2)
        page.mouse.wheel(0, 20_000)
        until(partial(ends_above, last, bar))  # scrolling is animated
        expect(button).to_be_in_viewport(ratio=1)
