"""Trainings in a browser: started with a forecast, watched, paused, resumed, queued, compared and swept."""

import re
from math import exp
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

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
from tests.browser.screenshots import shoot
from tests.browser.test_accessibility import settled
from tests.seeded import seed, working_on
from tests.studio import running_studio
from tests.waiting import PATIENCE_MS

pytestmark = [pytest.mark.browser, pytest.mark.long]

STEP_MS = 3 * PATIENCE_MS
"""A training beside whatever else the machine does."""
WIDTHS = (1280, 390)
YAML = "preset: starter\ndataset: care\nepochs: 5\nlora_r: 4\n"


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
    with running_studio(home, TUNEWRIGHT_DEFAULT_MODEL="starter") as studio:
        yield studio.url, things


def button(page: Page, words: str) -> Locator:
    return page.get_by_role("button", name=re.compile(re.escape(words) + "$"))


def fold(page: Page, words: str) -> Locator:
    """What opens and closes a folded part of the page."""
    return page.locator("summary").filter(has_text=words)


def check(page: Page) -> None:
    """The page as it is has no serious fault, in light and wide as in dark and narrow."""
    before = page.viewport_size
    for theme, width in (("light", 1280), ("dark", 390)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        assert faults(page) == [], (theme, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before)
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize(
    ("view", "address"),
    {
        "runs": "runs", "run": "runs?run={run}", "sweep": "runs?sweep={sweep}",
        "compare": "runs?compare={run},{second run}", "train-cloned": "train?clone={run}",
    }.items(),
)  # fmt: skip
def test_no_view_of_runs_has_a_serious_fault(page: Page, many, view, address):
    url, things = many
    page.goto(f"{url}/{address.format(**things)}")
    page.get_by_role("heading", level=1).wait_for()
    settled(page)
    for part in ("Train again", "Waiting", "Sweeps", "The same as a command"):
        if fold(page, part).count():
            fold(page, part).click()
    settled(page)
    shoot(page, view, WIDTHS)
    check(page)


def test_a_job_is_moved_to_the_front_by_keyboard(page: Page, many):
    url, _ = many
    page.goto(f"{url}/runs")
    fold(page, "Waiting: 3 jobs").press("Enter")
    button(page, "Move to the front: urgent").press("Enter")
    first = page.get_by_test_id("stMain").get_by_role("link", name=re.compile("train · ")).first
    expect(first).to_contain_text("urgent")


def test_two_runs_are_chosen_by_keyboard_and_compared(page: Page, many):
    url, _ = many
    page.goto(f"{url}/runs")
    for name in ("care", "care-2"):
        box = page.get_by_role("checkbox", name=f"Choose {name}", exact=True)
        box.press("Space")
        expect(box).to_be_checked()
        settled(page)
    button(page, "Compare").press("Enter")
    expect(page.get_by_role("heading", name="Settings that differ")).to_be_visible()
    expect(page.get_by_test_id("chart")).to_be_visible()


def test_a_run_is_trained_again_with_changed_settings(page: Page, many):
    url, things = many
    page.goto(f"{url}/runs?run={things['run']}")
    fold(page, "Train again").press("Enter")
    expect(button(page, "Run again")).to_be_visible()
    button(page, "Change settings first").press("Enter")
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("These are the settings of care"))).to_be_visible()


def test_a_yaml_file_fills_the_form(page: Page, many, tmp_path):
    url, _ = many
    (tmp_path / "mine.yaml").write_text(YAML)
    page.goto(f"{url}/train")
    fold(page, "Start from YAML").click()
    page.get_by_label("YAML file").set_input_files(tmp_path / "mine.yaml")
    expect(page.get_by_role("textbox", name="Settings as YAML")).to_have_value(YAML)
    button(page, "Fill in the form").click()
    expect(page.get_by_role("spinbutton", name="LoRA rank")).to_have_value("4")
    expect(page.get_by_text("Set from YAML: epochs, lora_r.")).to_be_visible()
    fold(page, "The same as a command or as YAML").click()
    shown = page.get_by_test_id("stCode").filter(has_text="preset: starter")
    expect(shown).to_contain_text("lora_r: 4")
    assert len(shown.inner_text().strip().splitlines()) <= 6, "only what differs from the preset"


def test_a_run_is_started_with_a_forecast_watched_paused_resumed_and_kept(page: Page, tmp_path):
    home = tmp_path / "workspace"
    things = seed(home)
    with running_studio(home, TUNEWRIGHT_DEFAULT_MODEL="starter") as studio:
        page.goto(f"{studio.url}/train?dataset={things['dataset']}")
        epochs = page.get_by_role("spinbutton", name="Epochs")
        epochs.fill("200")  # long enough to be watched
        epochs.press("Enter")
        for figure in ("Steps", "Tokens", "Peak memory"):
            value = page.get_by_test_id("stMetric").filter(has_text=figure).get_by_test_id("stMetricValue")
            expect(value).to_have_text(re.compile(r"\d"))
        time = page.get_by_test_id("stMetric").filter(has_text="Time").get_by_test_id("stMetricValue")
        expect(time).to_have_text(re.compile(r"^\d+ (s|min)"), timeout=STEP_MS)  # once the machine has been timed
        expect(page.get_by_text(re.compile("Takes about .*, judging by this machine's speed"))).to_be_visible()
        fold(page, "The first batch").press("Enter")
        expect(page.locator("mark").first).to_be_visible()
        expect(page.get_by_text(re.compile(r"^Example 1 · \d+ tokens, \d+ learned"))).to_be_visible()
        shoot(page, "train-card", WIDTHS)
        check(page)
        button(page, "Start training").press("Enter")

        page.get_by_test_id("chart").first.wait_for(timeout=STEP_MS)
        expect(page.get_by_role("heading", name="Answers as it learns")).to_be_visible(timeout=STEP_MS)
        expect(page.get_by_text(re.compile(r"^Step \d+0$")).first).to_be_visible(timeout=STEP_MS)
        shoot(page, "run-live", WIDTHS)
        check(page)

        button(page, "Pause").press("Enter")
        expect(page.get_by_text(re.compile("^Paused by you at step"))).to_be_visible(timeout=STEP_MS)
        page.reload()
        expect(page.get_by_text(re.compile("^Paused by you at step"))).to_be_visible()
        shoot(page, "run-paused", WIDTHS)
        button(page, "Resume").press("Enter")
        expect(page.get_by_text(re.compile("^Training at step"))).to_be_visible(timeout=STEP_MS)
        page.get_by_test_id("stPopover").get_by_role("button").press("Enter")
        button(page, "Stop and keep").press("Enter")
        expect(page.get_by_text("succeeded").first).to_be_visible(timeout=STEP_MS)
        expect(button(page, "Evaluate this run")).to_be_visible()
        shoot(page, "run-kept", WIDTHS)


def test_a_sweep_is_told_its_size_started_and_judged(page: Page, tmp_path):
    home = tmp_path / "workspace"
    things = seed(home)
    with running_studio(home, TUNEWRIGHT_DEFAULT_MODEL="starter") as studio:
        page.goto(f"{studio.url}/train?dataset={things['dataset']}")
        epochs = page.get_by_role("spinbutton", name="Epochs")
        epochs.fill("4")  # a validation each
        epochs.press("Enter")
        fold(page, "Try several settings").click()
        settings = page.get_by_role("combobox", name="Settings to vary")
        settings.click()  # only an open list takes what is typed
        settings.fill("Learning rate")
        settings.press("Enter")
        settings.press("Escape")  # while it is open, nothing else can be reached
        rates = page.get_by_role("textbox", name="Learning rate")
        rates.fill("1e-3, 3e-3")
        rates.press("Enter")
        expect(page.get_by_text(re.compile("2 runs, "))).to_be_visible()
        shoot(page, "sweep-form", WIDTHS)
        button(page, "Start 2 runs").click()
        expect(page.get_by_text("2 of 2 runs ended")).to_be_visible(timeout=STEP_MS)
        expect(page.get_by_text(re.compile("^Best: "))).to_be_visible()
        expect(page.get_by_test_id("chart")).to_be_visible()
        shoot(page, "sweep-done", WIDTHS)
        check(page)
