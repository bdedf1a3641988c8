"""Takes the pictures of README and guide again, from a workspace in which the demo has run and nothing else.

usage: TUNEWRIGHT_HOME=WORKSPACE make demo && python -m tests.browser.pictures WORKSPACE
"""

import re
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from app.install.browser import find_browser
from core.specs import JobKind
from tests.browser.conftest import FLAGS
from tests.browser.test_accessibility import settled
from tests.studio import ROOT, Studio, running_studio
from tests.waiting import PATIENCE_MS

IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT, RUN_HEIGHT = 1280, 800, 1500
COLOURS = 256
"""As many as a page has, so that a picture stays small."""


def take(home: Path) -> None:
    """Take every picture of the workspace `home`."""
    with running_studio(home) as studio, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.set_default_timeout(PATIENCE_MS)
        newest = _newest_jobs(studio)
        _open(page, studio, "data")
        page.locator("mark").first.wait_for()
        _keep(page, "data")
        _open(page, studio, f"evaluate?job={newest[JobKind.EVALUATE]}")
        _keep(page, "evaluation")
        _open(page, studio, f"export?job={newest[JobKind.EXPORT]}")
        _keep(page, "export")
        _open(page, studio, "chat")
        page.get_by_role("radiogroup", name="Try one of these").get_by_role("radio").first.click()
        page.get_by_text(re.compile("tokens/s")).wait_for()
        _keep(page, "chat")
        page.set_viewport_size({"width": WIDTH, "height": RUN_HEIGHT})
        _open(page, studio, f"runs?run={newest[JobKind.TRAIN]}")
        page.get_by_test_id("chart").first.locator(".annotation").first.wait_for()
        _keep(page, "run")
        browser.close()


def _newest_jobs(studio: Studio) -> dict[str, str]:
    """The id of the newest job of each kind: of the evaluations, the demo's exam."""
    with studio.client() as client:
        return {job["kind"]: job["id"] for job in reversed(client.get("/api/jobs").json())}


def _open(page: Page, studio: Studio, address: str) -> None:
    page.goto(f"{studio.url}/{address}")
    page.get_by_role("heading", level=1).wait_for()
    settled(page)


def _keep(page: Page, name: str) -> None:
    settled(page)
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    take(Path(sys.argv[1]).absolute())
