"""The example browser in a real one: accessible in both themes, wide and narrow; sorted, searched, remarked on."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsed import RARE, browsed
from tests.browser.accessible import faults
from tests.browser.screenshots import shoot
from tests.browser.test_accessibility import combinations, show
from tests.seeded import working_on
from tests.studio import running_studio

pytestmark = [pytest.mark.browser, pytest.mark.long]

HOSTILE = "<img src=x onerror=alert(1)> **bold** $x$"


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio with an evaluation of 2,000 examples, and one of six models; its URL and their ids."""
    home = tmp_path_factory.mktemp("browsed") / "workspace"
    home.mkdir()
    with working_on(home):
        scores = browsed(2000)
        many = browsed(10, ("Base", "Adapter", "Longer training", "q8_0", "q4_0", "Somebody else's"), name="many")
    with running_studio(home) as running:
        yield running.url, scores.id, many.id


def first_example(page: Page) -> str:
    return page.get_by_text(re.compile(r"^Example [\d,]+ ·")).first.inner_text()


def test_it_is_accessible_in_both_themes_wide_and_narrow(studio, page: Page):
    url, scores, _ = studio
    page.goto(f"{url}/evaluate?job={scores}")
    expect(page.get_by_text("Example 1 ·")).to_be_visible()
    page.get_by_text("Filter", exact=True).click()
    page.get_by_text("Make a dataset of examples").click()
    for theme, width in combinations():
        show(page, theme, width)
        assert faults(page) == [], (theme, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 900})
    shoot(page, "answers", (1280, 390))


def test_a_table_wider_than_the_screen_is_scrolled_with_the_keyboard(studio, visit):
    url, _, many = studio
    page = visit(width=390)
    page.goto(f"{url}/evaluate?job={many}")
    table = page.get_by_role("region", name=re.compile("^Table of Metric, Base"))
    table.focus()
    before = table.evaluate("place => place.scrollLeft")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("([place, before]) => place.scrollLeft > before", arg=[table.element_handle(), before])


def test_examples_are_sorted_paged_searched_and_remarked_on(studio, page: Page):
    url, scores, _ = studio
    page.goto(f"{url}/evaluate?job={scores}")
    page.get_by_role("radio", name="Largest loss").click()
    expect(page.get_by_text("Example 10 ·")).to_be_visible()
    expect(page.locator(".marked del").first).to_be_visible()
    page.get_by_role("button", name="Page 2", exact=True).click()
    expect(page.get_by_text("Example 46 ·")).to_be_visible()
    search = page.get_by_role("textbox", name="Search")
    search.fill(RARE)
    search.press("Enter")
    expect(page.get_by_text("1 example of 2,000")).to_be_visible()
    assert first_example(page).startswith("Example 2,000")
    expect(page.locator(".marked ins").filter(has_text=RARE.split()[1]).first).to_be_visible()
    page.get_by_role("button", name="Add a remark").click()
    page.get_by_role("textbox", name="Comment").fill(HOSTILE)
    shoot(page, "answers-remark")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(HOSTILE)).to_be_visible()
    page.reload()
    page.get_by_text("Filter", exact=True).click()
    page.get_by_text("With your remarks").click()
    expect(page.get_by_text("1 example of 2,000")).to_be_visible()
    expect(page.get_by_text(HOSTILE)).to_be_visible()


def test_an_endless_answer_is_folded(studio, page: Page):
    url, scores, _ = studio
    page.goto(f"{url}/evaluate?job={scores}")
    search = page.get_by_role("textbox", name="Search")
    search.fill("and again and again")
    search.press("Enter")
    expect(page.get_by_text("2 examples of 2,000")).to_be_visible()
    expect(page.get_by_text(re.compile("q4_0 · close .* did not end")).first).to_be_visible()
    folded = page.locator(".marked details").first
    expect(folded).not_to_have_attribute("open", re.compile(".*"))
    folded.locator("summary").click()
    expect(folded.get_by_text("and again and again and again").first).to_be_visible()


def test_missed_examples_become_a_dataset_with_three_clicks(studio, page: Page):
    url, scores, _ = studio
    page.goto(f"{url}/evaluate?job={scores}")
    page.get_by_text("Make a dataset of examples").click()
    page.get_by_text(re.compile("examples that Tuned missed")).click()
    expect(page.get_by_text("proves nothing")).to_be_visible()
    page.get_by_role("button", name="Make the dataset").click()
    page.wait_for_url(re.compile("/data"))
    expect(page.get_by_text(re.compile("Made of .* missed by Tuned")).first).to_be_visible()
