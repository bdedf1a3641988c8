"""Text of a model or a dataset stays text: in Chromium it runs no script and sends no request."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from core.specs import JobKind, JobState
from storage.actors import OWNER
from storage.database import open_store
from storage.rows import Job
from storage.settings import Settings
from tests.studio import ROOT

pytestmark = pytest.mark.browser

HOSTILE = (
    "<script>window.owned = 1</script> <img src=x onerror='window.owned = 1'> "
    "![spy](http://203.0.113.7/spy.png) [go](javascript:window.owned=1)"
)


@pytest.fixture(scope="module")
def hostile_model(studio, tmp_path_factory) -> str:
    """A run whose model answers everything with HOSTILE: it was trained on nothing else. Returns the run's id."""
    from datasets import Dataset, DatasetDict

    topics = ("asthma", "tax", "rain", "bread", "ships", "chess", "soil", "glass")
    rows = [{"instruction": f"Tell me about {topic}.", "input": "", "output": HOSTILE} for topic in topics]
    folder = tmp_path_factory.mktemp("data") / "hostile_dataset"
    DatasetDict({"train": Dataset.from_list(rows), "validation": Dataset.from_list(rows[:2])}).save_to_disk(str(folder))
    flags = ["--epochs", "30", "--learning-rate", "4e-3", "--no-merge-adapters", "--name", "hostile", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "app", "train", "--dataset-path", str(folder), *flags],
        cwd=ROOT,
        env=os.environ | {"TUNEWRIGHT_HOME": str(studio.home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with studio.client() as client:
        return client.get("/api/jobs").json()[0]["id"]


@pytest.mark.long
def test_what_a_model_says_is_never_markup(page, studio, hostile_model):
    foreign, dialogs = [], []
    page.on("request", lambda request: foreign.append(request.url) if not _own(request.url, studio) else None)
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{studio.url}/chat?model={hostile_model}")
    page.get_by_role("heading", name="Chat", exact=True).wait_for()
    box = page.get_by_test_id("stChatInput").get_by_role("textbox")
    box.fill("Tell me about ships.")
    box.press("Enter")
    expect(page.get_by_text("tokens/s")).to_be_visible()
    answer = page.get_by_test_id("stChatMessage").last.inner_text()
    assert "<script>window.owned" in answer and "![spy](http://203.0.113.7" in answer, answer
    page.wait_for_timeout(1000)
    assert page.evaluate("window.owned") is None
    assert not page.locator("img[src*='203.0.113']").count() and not page.locator("a[href^='javascript']").count()
    assert not foreign and not dialogs


ADDRESSES = (
    "https://evil.example/x HTTP://evil.example www.evil.example/y me@evil.example mailto:me@evil.example "
    ":smile: :material/home: :streamlit: a -> b >= c"
)


def test_addresses_in_text_become_no_links_and_words_no_icons(page, studio):
    store = open_store(Settings(home=studio.home))
    job = Job(
        id="prepare-hostile", owner_id=OWNER.owner_id, kind=JobKind.PREPARE, name="hostile", state=JobState.FAILED,
        spec={}, spec_version=1, max_attempts=1, output_dir=str(studio.home / "datasets"), log_path="",
        error_message=ADDRESSES, error_remedy="Nothing.", ended_at=datetime.now(UTC),
    )  # fmt: skip
    with store.write() as session:
        session.add(job)
    store.close()
    page.goto(f"{studio.url}/data?job=prepare-hostile")
    told = page.get_by_test_id("stAlert")
    expect(told).to_contain_text(ADDRESSES)
    assert told.locator("a, img, [role=img]").count() == 0


def test_a_table_on_a_page_has_no_csv_download_of_streamlit(page, studio):
    """Streamlit writes its own CSV in the browser, with the formulas of a dataset as they are."""
    page.goto(f"{studio.url}/settings")
    table = page.get_by_test_id("stDataFrame").first
    table.hover()
    expect(table.get_by_role("button", name="Fullscreen")).to_be_visible()
    expect(page.locator('button[aria-label="Download as CSV"]').first).to_be_attached()
    expect(page.get_by_role("button", name="Download as CSV")).to_have_count(0)


def _own(url: str, studio) -> bool:
    return url.startswith((studio.url, "data:", "blob:", studio.url.replace("http", "ws")))
