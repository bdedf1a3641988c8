"""A first visit straight to any page shows the frame and the page without an error, in both themes."""

import re

import pytest
from playwright.sync_api import expect

from app.components.navigation import SECTIONS
from core.specs import JobKind, TrainSpec
from storage import claims, endings, jobs
from storage.actors import OWNER
from storage.database import open_store
from storage.settings import Settings
from tests.studio import running_studio

pytestmark = pytest.mark.browser

PAGES = [page for pages in SECTIONS.values() for page in pages]
MAIN_ACTIONS = {
    "overview": "Try it with samples",
    "data": "Make the dataset",
    "train": "Make a dataset",
    "runs": "Start training",
    "export": "Export",
    "serve": "Start serving",
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """One in which nothing has been made yet, whatever other tests make in theirs."""
    with running_studio(tmp_path_factory.mktemp("empty") / "workspace") as studio:
        yield studio


@pytest.mark.parametrize(
    "entry",
    [pytest.param(entry, id=entry.slug, marks=() if entry.default else pytest.mark.long) for entry in PAGES],
)
def test_a_first_visit_straight_to_a_page_shows_the_frame(visit, studio, entry):
    page = visit()
    page.goto(f"{studio.url}/{'' if entry.default else entry.slug}")
    page.get_by_role("heading", name=entry.title, exact=True).wait_for()
    navigation = page.get_by_test_id("stSidebarNav")
    for other in PAGES:
        assert navigation.get_by_text(other.title, exact=True).is_visible()
    assert page.get_by_test_id("stException").count() == 0
    assert page.title() == f"{entry.title}" or "Tunewright" in page.title()
    page.set_viewport_size({"width": 390, "height": 844})
    if action := MAIN_ACTIONS.get(entry.slug):
        button = page.get_by_test_id("stMain").get_by_role("button", name=re.compile(f"{action}$"))
        expect(button).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("theme", ["dark", pytest.param("light", marks=pytest.mark.long)])
def test_the_theme_follows_the_system(visit, studio, theme):
    page = visit(theme=theme)
    page.goto(studio.url)
    page.get_by_role("heading", name="Overview").wait_for()
    background = page.get_by_test_id("stApp").evaluate("element => getComputedStyle(element).backgroundColor")
    lightness = sum(int(part) for part in background.removeprefix("rgb(").removesuffix(")").split(","))
    assert (lightness > 600) == (theme == "light")


def test_the_menu_and_deploy_button_of_streamlit_are_off(page, studio):
    page.goto(studio.url)
    page.get_by_role("heading", name="Overview").wait_for()
    assert page.get_by_test_id("stAppDeployButton").count() == 0
    assert page.get_by_test_id("stMainMenu").count() == 0


@pytest.mark.long
def test_running_jobs_are_in_the_top_bar_where_the_sidebar_is_closed(page, tmp_path):
    home = tmp_path / "workspace"
    with running_studio(home) as own:
        store = open_store(Settings(home=home))
        spec = TrainSpec(name="shop", output_dir=str(home / "runs" / "shop"), dataset="/a-dataset")
        run = jobs.enqueue(store, OWNER, spec, JobKind.TRAIN)
        claims.claim(store, "here", [JobKind.TRAIN])
        page.goto(f"{own.url}/data")
        line = page.get_by_test_id("stMain").get_by_role("link", name=re.compile("train · 0%"))
        expect(page.get_by_test_id("stSidebar").get_by_role("link", name=re.compile("train · shop"))).to_be_visible()
        expect(line).to_be_hidden()
        page.set_viewport_size({"width": 390, "height": 844})
        expect(line).to_be_in_viewport(ratio=1)
        endings.fail(store, run.id, 1, "It ended.")
        expect(line).to_have_count(0)
        store.close()
