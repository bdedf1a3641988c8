"""An upload never sits in the server's memory, and leaves nothing behind when interrupted."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.studio import Studio, running_studio
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.long]

GROWTH_LIMIT_BYTES = 200 << 20
SLOW_BYTES_A_SECOND = 1 << 18
"""So slow that what is uploaded is still on its way when the test is done with it, on a busy machine too."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    home = tmp_path_factory.mktemp("upload") / "workspace"
    with running_studio(home, TUNEWRIGHT_UPLOAD_LIMIT_BYTES=str(3 << 30)) as running:
        yield running


def a_file(folder: Path, size_bytes: int) -> Path:
    """A text file of that size; all but its beginning is a hole, so that it costs no disk."""
    path = folder / "large.txt"
    path.write_text("One more line of a large text.\n" * 1000)
    os.truncate(path, size_bytes)
    return path


def choose_file(page: Page, studio: Studio, path: Path) -> None:
    page.goto(f"{studio.url}/data")
    page.get_by_test_id("stButtonGroup").get_by_text("A file", exact=True).click()
    page.get_by_label("File to upload").set_input_files(path)


def kept(studio: Studio) -> list[Path]:
    return list((studio.home / "uploads").glob("*"))


def slowed(page: Page) -> None:
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": SLOW_BYTES_A_SECOND},
    )


@contextmanager
def watched_memory(process_id: int) -> Iterator[list[int]]:
    """The private memory of a process, in bytes, looked at all the time while the body goes on."""
    process, seen, done = psutil.Process(process_id), [], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            seen.append(process.memory_full_info().uss)

    seen.append(process.memory_full_info().uss)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def test_the_upload_limit_is_shown_beforehand_and_enforced(page, studio, tmp_path):
    choose_file(page, studio, a_file(tmp_path, (3 << 30) + 1))
    expect(page.get_by_text(re.compile("Up to 3.22 GB"))).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("the limit is 3.22 GB")
    assert kept(studio) == []


def test_a_cancelled_upload_leaves_nothing_and_can_be_tried_again(page, studio, tmp_path):
    page.goto(f"{studio.url}/data")
    slowed(page)
    choose_file(page, studio, a_file(tmp_path, 100 << 20))
    expect(page.get_by_role("status").filter(has_text=re.compile(r"/s · .* left"))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("Cancelled after .* Nothing was kept"))
    expect(page.get_by_role("button", name="Try again")).to_be_focused()
    until(lambda: not kept(studio))


def test_an_upload_whose_tab_was_closed_leaves_nothing(visit, studio, tmp_path):
    page = visit()
    page.goto(f"{studio.url}/data")
    slowed(page)
    choose_file(page, studio, a_file(tmp_path, 100 << 20))
    expect(page.get_by_role("status").filter(has_text="/s")).to_be_visible()
    assert kept(studio) != []
    page.close()
    until(lambda: not kept(studio))


@pytest.mark.long
def test_an_upload_of_two_gigabytes_is_not_held_in_memory(page, studio, tmp_path):
    size_bytes = 2 << 30
    with watched_memory(studio.process.pid) as seen:
        choose_file(page, studio, a_file(tmp_path, size_bytes))
        expect(page.get_by_role("alert")).to_contain_text("large.txt is uploaded")
    assert [file.stat().st_size for folder in kept(studio) for file in folder.iterdir()] == [size_bytes]
    print(f"grew by {(max(seen) - seen[0]) / 1e6:.0f} MB")
    assert max(seen) - seen[0] <= GROWTH_LIMIT_BYTES
