"""The chart of a running training takes new points in place: never blank, and it stays zoomed."""

import pytest

from core.specs import JobKind, TrainSpec
from storage.actors import OWNER
from storage.claims import claim
from storage.database import open_store
from storage.jobs import enqueue
from storage.rows import Metric
from storage.settings import Settings
from tests.studio import running_studio

pytestmark = pytest.mark.browser

UPDATES = 4
WATCH = """() => {
    window.watched = {blank_ms: 0, last: performance.now(), plot: document.querySelector('[data-testid=chart]')};
    const look = () => {
        const now = performance.now(), plot = document.querySelector('[data-testid=chart]');
        const drawn = plot?.querySelector('.scatterlayer path.js-line')?.getBoundingClientRect().width > 0;
        if (!drawn || plot !== window.watched.plot) window.watched.blank_ms += now - window.watched.last;
        window.watched.last = now;
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""
RANGE = "() => document.querySelector('[data-testid=chart]').layout.xaxis.range"

TOOLBAR_GROUND = "() => getComputedStyle(document.querySelector('[data-testid=chart] .modebar-group')).backgroundColor"


@pytest.mark.long
def test_a_live_chart_is_never_blank_and_stays_zoomed(page, tmp_path, monkeypatch):
    home = tmp_path / "workspace"
    monkeypatch.setenv("TUNEWRIGHT_HOME", str(home))
    store = open_store(Settings())
    spec = TrainSpec(name="live", output_dir=str(home / "runs" / "live"), dataset="/elsewhere", model="starter")
    job = enqueue(store, OWNER, spec, JobKind.TRAIN)
    claim(store, "a worker elsewhere", [JobKind.TRAIN], lease_seconds=3600)

    def learn(steps: range) -> None:
        with store.write() as session:
            session.add_all(Metric(job_id=job.id, name="loss", step=n, attempt=1, value=4 - n / 50) for n in steps)

    def steps_drawn(count: int) -> None:
        page.wait_for_function(
            "count => document.querySelector('[data-testid=chart]')?.data?.[0]?.x?.length >= count", arg=count
        )

    learn(range(1, 41))
    with running_studio(home) as studio:
        page.goto(f"{studio.url}/runs?run={job.id}")
        steps_drawn(40)
        page.get_by_test_id("chart").scroll_into_view_if_needed()
        box = page.locator("[data-testid=chart] .nsewdrag").bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2, steps=5)
        page.mouse.up()
        zoomed = page.evaluate(RANGE)
        assert zoomed[1] - zoomed[0] < 30
        assert page.evaluate(TOOLBAR_GROUND) == "rgba(0, 0, 0, 0)"
        page.evaluate(WATCH)
        for update in range(UPDATES):
            learn(range(41 + 10 * update, 51 + 10 * update))
            steps_drawn(50 + 10 * update)
        assert page.evaluate("() => window.watched.blank_ms") == 0
        assert page.evaluate(RANGE) == zoomed
    store.close()
