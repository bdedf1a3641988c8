"""A messy table becomes a clean dataset, by mouse and by keyboard alone, with no accessibility fault on the way."""

import csv
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessible import faults
from tests.studio import job_ended, running_studio

pytestmark = [pytest.mark.browser, pytest.mark.long]

SHOTS = Path(os.environ.get("TUNEWRIGHT_SCREENSHOTS", "reports/screenshots"))
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
    rows.append(("Who answers this question about nothing at all, please?", ""))
    rows.insert(
        1, (f"Which spy of the west country wrote `{HOSTILE}` on every wall?", f"That was the old one. `{HOSTILE}`")
    )
    path = tmp_path_factory.mktemp("files") / "hotline.csv"
    with path.open("w", encoding="latin-1", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["zz2", "xq1"])
        writer.writerows(rows)
    return path


class Mouse:
    """A person who points and clicks."""

    def __init__(self, page: Page):
        self._page = page

    def press(self, words: str) -> None:
        """A button, or what unfolds."""
        self._button(words).click()

    def choose(self, words: str) -> None:
        """One of a segmented control's choices."""
        self._choice(words).click()

    def select(self, label: str, option: str) -> None:
        """One of a select box's options."""
        self._page.get_by_role("combobox", name=label).click()
        self._page.get_by_role("option", name=option, exact=True).click()

    def fill(self, label: str, text: str) -> None:
        """A field, left afterwards."""
        self._page.get_by_label(label, exact=True).first.fill(text)
        self._page.get_by_label(label, exact=True).first.press("Enter")

    def bring(self, path: Path) -> None:
        """A file, through the browser's own dialog."""
        with self._page.expect_file_chooser() as choosing:
            self.press("Choose a file")
        choosing.value.set_files(path)

    def _button(self, words: str) -> Locator:
        named = self._page.get_by_role("button", name=re.compile(re.escape(words) + "$"))
        return named.or_(self._page.locator("summary", has_text=words)).first

    def _choice(self, words: str) -> Locator:
        return self._page.get_by_role("radio", name=words, exact=True)


class Keyboard(Mouse):
    """A person who only has keys: everything is reached by Tab and used from there."""

    MOST_STOPS = 150
    FOCUSED = """() => {
        let at = document.activeElement;
        while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
        if (!at || at === document.body) return "";
        const words = at.getAttribute("aria-label") || at.innerText || at.labels?.[0]?.innerText || "";
        return words.trim().split("\\n").at(-1);  // the name of an icon stands above the words
    }"""

    LOOKED_AT = """() => {
        const id = document.activeElement.getAttribute("aria-activedescendant");
        return id ? document.getElementById(id).innerText.trim() : "";
    }"""

    def press(self, words: str) -> None:
        self._button(words).wait_for()
        self._reach(words)
        self._page.keyboard.press("Enter")

    def choose(self, words: str) -> None:
        self._choice(words).wait_for()
        group = self._page.get_by_role("radiogroup").filter(has=self._choice(words))
        names = group.first.get_by_role("radio").all_inner_texts()
        self._reach(*(name.strip() for name in names))
        for _ in names:
            if self._focused() == words:
                break
            self._page.keyboard.press("ArrowRight")
        self._page.keyboard.press("Space")

    def select(self, label: str, option: str) -> None:
        self._reach(label)
        self._page.keyboard.press("ArrowDown")
        self._page.wait_for_function(self.LOOKED_AT)
        count = self._page.get_by_role("option").count()
        for key in ["ArrowUp"] * count + ["ArrowDown"] * count:
            if self._page.evaluate(self.LOOKED_AT) == option:
                break
            self._page.keyboard.press(key)
        self._page.keyboard.press("Enter")
        expect(self._page.get_by_role("combobox", name=label)).to_have_value(option)

    def fill(self, label: str, text: str) -> None:
        self._page.get_by_label(label, exact=True).first.wait_for()
        self._reach(label)
        self._page.keyboard.press("Control+a")
        self._page.keyboard.type(text)
        self._page.keyboard.press("Enter")

    def _focused(self) -> str:
        return self._page.evaluate(self.FOCUSED)

    def _reach(self, *names: str) -> None:
        for _ in range(self.MOST_STOPS):
            if self._focused() in names:
                return
            self._page.keyboard.press("Tab")
        raise AssertionError(f"Tab never came to {names}")


def await_version(page: Page, number: int) -> None:
    expect(page.get_by_text(f"Version {number}", exact=True).first).to_be_visible()
    expect(page.get_by_text("succeeded")).to_be_visible()


def shoot(page: Page, name: str) -> None:
    """Keep what the person sees, in both themes."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_timeout(300)
        page.screenshot(path=SHOTS / f"{name}-{theme}.png")
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("hand", [Keyboard, pytest.param(Mouse, marks=pytest.mark.long)])
def test_a_messy_table_becomes_a_clean_dataset(page, studio, messy_csv, hand):
    person, foreign = hand(page), []
    page.on("request", lambda request: foreign.append(request.url) if not _own(request.url, studio) else None)
    page.goto(f"{studio.url}/data")
    page.get_by_role("button", name="Make the dataset").wait_for()
    person.choose("A file")
    expect(page.get_by_text("Up to 4.29 GB")).to_be_visible()
    person.bring(messy_csv)
    expect(page.get_by_text("hotline.csv is uploaded")).to_be_visible()
    page.get_by_role("combobox", name="Question").wait_for()
    person.select("Question", "zz2")
    person.select("Answer", "xq1")
    preview = page.get_by_role("group", name=re.compile("Example 1 "))
    expect(preview.locator("mark").first).to_contain_text("The café rule number 1 of asthma")
    expect(page.get_by_role("group", name=re.compile("Example 2 "))).to_contain_text("<script>window.owned = 1")
    shoot(page, "data-import")
    assert faults(page) == []

    person.press("Make the dataset")
    expect(page.get_by_text("succeeded")).to_be_visible()
    shoot(page, "data-report")
    assert faults(page) == []

    person.press("Drop contradictions")
    await_version(page, 2)
    person.choose("Split again")
    person.press("Name and split")
    person.fill("Train share", "0.6")
    person.fill("Test share", "0.3")
    person.press("Make a new version")
    await_version(page, 3)

    person.choose("Versions")
    expect(page.get_by_test_id("stMetric").filter(has_text="Moved")).to_be_visible()
    shoot(page, "data-versions")
    assert faults(page) == []
    person.press("Undo")
    await_version(page, 4)

    person.choose("Rows")
    expect(page.get_by_text("rows found")).to_be_visible()
    person.fill("Search", "window.owned")
    expect(page.get_by_text("1 row found")).to_be_visible()
    shoot(page, "data-rows")
    assert faults(page) == []
    assert page.evaluate("window.owned") is None
    assert not foreign


@pytest.mark.long
def test_rows_are_changed_by_hand_saved_compared_downloaded_and_deleted(page, studio):
    person = Mouse(page)
    page.goto(f"{studio.url}/data")
    person.press("Make the dataset")
    expect(page.get_by_text("succeeded")).to_be_visible()
    person.choose("Rows")
    expect(page.get_by_text("100 rows found")).to_be_visible()
    tick_row(page, 1)
    person.press("Edit")
    page.get_by_role("dialog").get_by_label("Output").fill("A better answer, written by hand for this row.")
    person.press("Apply")
    expect(page.get_by_text("1 change not saved yet")).to_be_visible()
    person.press("Add a row")
    page.get_by_role("dialog").get_by_label("Instruction").fill("What is a row about that was added by hand?")
    page.get_by_role("dialog").get_by_label("Output").fill("It is about whatever the person wanted who wrote it.")
    person.press("Add it")
    expect(page.get_by_text("2 changes not saved yet")).to_be_visible()
    tick_row(page, 2)
    person.press("Delete 1 row")
    expect(page.get_by_text("3 changes not saved yet")).to_be_visible()
    tick_row(page, 3)
    person.press("Tag")
    label = page.get_by_test_id("stPopoverBody").get_by_label("Tag", exact=True)
    label.fill("checked")
    label.press("Enter")
    person.press("Add tag")
    expect(page.get_by_text("4 changes not saved yet")).to_be_visible()
    tick_row(page, 4)
    person.press("Move")
    person.press("To test")
    expect(page.get_by_text("5 changes not saved yet")).to_be_visible()
    shoot(page, "data-draft")
    person.press("Save as a new version")
    await_version(page, 2)

    person.choose("Versions")
    for change, count in {"Added": "1", "Dropped": "1", "Changed": "2", "Moved": "1"}.items():
        expect(page.get_by_test_id("stMetric").filter(has_text=change).last).to_contain_text(count)
    person.choose("Download")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="JSONL").click()
    assert "A better answer, written by hand" in Path(downloading.value.path()).read_text()
    with studio.client() as client:
        run = client.post("/api/jobs/train", json={"dataset": "healthcare@2", "epochs": 50}).json()["id"]
        person.press("Delete this version")
        person.press("Yes, delete it")
        expect(page.get_by_text(run)).to_be_visible()
        client.post(f"/api/jobs/{run}/cancel")
        assert job_ended(client, {"id": run})["state"] == "cancelled"
        person.press("Yes, delete it")
        expect(page.get_by_text("Datasets so far")).to_be_visible()
        assert [one["version"] for one in client.get("/api/datasets").json() if one["root"] == "healthcare"] == [1]


def tick_row(page: Page, number: int) -> None:
    """The box before a row of the table, which is drawn on a canvas."""
    expect(page.get_by_role("button", name=re.compile("Delete$"))).to_be_disabled()  # drawn anew, nothing chosen yet
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    table.click(position={"x": 18, "y": 18 + 35 * number})
    expect(page.get_by_role("button", name=re.compile("Delete 1 row$"))).to_be_visible()


def _own(url: str, studio) -> bool:
    return url.startswith((studio.url, "data:", "blob:", studio.url.replace("http", "ws")))
