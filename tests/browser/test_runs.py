"""Many runs in a browser: the queue is ordered by keyboard, runs are compared, a sweep is read; without faults."""

from math import exp
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.jobs.queue import waiting_jobs
from app.jobs.stop_and_resume import pause_job
from app.plumbing.studio import store
from app.training.runs import tag_runs
from app.training.start_training import start_training
from app.training.sweeps import start_sweep
from core.specs import JobKind
from core.training.sweep import SweepPlan
from storage.actors import OWNER
from storage.claims import claim
from storage.endings import succeed
from storage.leases import Report, renew
from storage.metrics import MetricPoint
from tests.browser.accessible import faults
from tests.browser.test_accessibility import settled
from tests.seeded import seed, working_on
from tests.studio import running_studio

pytestmark = [pytest.mark.browser, pytest.mark.long]


def seed_many(home: Path) -> dict[str, str]:
    """One of everything, a sweep of six runs of which four have ended, and three jobs held back in the queue."""
    things = seed(home)
    with working_on(home):
        plan = SweepPlan(vary={"learning_rate": (1e-4, 1e-3, 1e-2), "lora_r": (8, 16)})
        sweep = start_sweep(OWNER, plan, dataset="care", model="starter", name="rates and ranks")
        for number in range(4):
            run = claim(store(), "seed", [JobKind.TRAIN])
            losses = [1 + exp(-step / 30) + abs(number - 2) / 5 for step in range(121)]
            points = [MetricPoint(step, "loss", loss) for step, loss in enumerate(losses)]
            points += [MetricPoint(step, "eval_loss", losses[step] + 0.2) for step in range(0, 121, 20)]
            renew(store(), run.id, 1, "seed", Report(points, [], (120, 120, "Training")))
            succeed(store(), run.id, 1, {"steps": 120, "kept_step": 120, "train_tokens": 9000, "seconds": 40.0})
        urgent = start_training(OWNER, dataset="care", model="starter", name="urgent")
        for waiting in waiting_jobs(OWNER):
            pause_job(OWNER, waiting.id)
        tag_runs(OWNER, [things["run"]], ["good", "to export"])
    return things | {"sweep": sweep.id, "urgent": urgent.id}


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    home = tmp_path_factory.mktemp("many") / "workspace"
    things = seed_many(home)
    with running_studio(home) as studio:
        yield studio.url, things


@pytest.mark.parametrize("view", ["runs", "runs?sweep={sweep}", "runs?compare={run},{second run}", "train?clone={run}"])
def test_no_view_of_runs_has_a_serious_fault(page: Page, many, view):
    url, things = many
    page.goto(f"{url}/{view.format(**things)}")
    settled(page)
    assert page.get_by_test_id("stException").count() == 0
    for theme, width in (("light", 1280), ("dark", 390)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        assert faults(page) == [], (theme, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_job_is_moved_to_the_front_by_keyboard(page: Page, many):
    url, _ = many
    page.goto(f"{url}/runs")
    page.get_by_text("Waiting: 3 jobs").press("Enter")
    page.get_by_label("Move to the front: urgent").focus()
    page.keyboard.press("Enter")
    first = page.get_by_role("link", name="train · urgent")
    expect(page.get_by_role("link", name="train · ").first).to_have_text("train · urgent")
    expect(first).to_be_visible()


def test_two_runs_are_chosen_and_compared(page: Page, many):
    url, _ = many
    page.goto(f"{url}/runs")
    for name in ("care", "care-2"):
        box = page.get_by_role("checkbox", name=f"Choose {name}", exact=True)
        box.press("Space")
        expect(box).to_be_checked()
        settled(page)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Settings that differ")).to_be_visible()
    expect(page.get_by_test_id("chart")).to_be_visible()
