"""What a page redraws on its own: only the running jobs, unless the thing it shows is active."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest, local_script_runner

from app.plumbing.studio import store
from core.full_disk import disk_full
from core.specs import HoldReason, JobKind, StopRequest, SynthesizeSpec, TrainSpec
from core.specs.deployments import Purpose
from storage import claims, deployments, endings, jobs, serving
from storage.actors import OWNER
from storage.disk_holds import hold_for_disk
from storage.settings import settings
from tests.waiting import PATIENCE_SECONDS

HOME_PAGE = Path(__file__).resolve().parents[2] / "Home.py"
PAGES = sorted(path.stem for path in (HOME_PAGE.parent / "pages").glob("[a-z]*.py"))
FRAME = 2.0
"""Seconds after which the frame looks again, on every page."""


@pytest.fixture
def drawn(monkeypatch):
    """`drawn("runs", run=…)`: the page inside its frame, and how often each of its parts asked to be redrawn."""
    messages = []
    parse = local_script_runner.parse_tree_from_messages

    def noting(said):
        messages[:] = said
        return parse(said)

    monkeypatch.setattr(local_script_runner, "parse_tree_from_messages", noting)

    def draw(page: str, **query: str) -> tuple[AppTest, list[float]]:
        app = AppTest.from_file(str(HOME_PAGE), default_timeout=PATIENCE_SECONDS)
        app.run()
        for name, value in query.items():
            app.query_params[name] = value
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, app.exception
        return app, [one.auto_rerun.interval for one in messages if one.WhichOneof("type") == "auto_rerun"]

    return draw


def asked(kind: JobKind = JobKind.TRAIN, name: str = "first") -> jobs.Job:
    place = str(settings().home / name)
    if kind == JobKind.TRAIN:
        return jobs.enqueue(store(), OWNER, TrainSpec(name=name, output_dir=place, dataset="/a-dataset"), kind)
    return jobs.enqueue(store(), OWNER, SynthesizeSpec(name=name, output_dir=place, documents=("/a.txt",)), kind)


def running(kind: JobKind = JobKind.TRAIN, name: str = "first") -> jobs.Job:
    asked(kind, name)
    return claims.claim(store(), "w", [kind])


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_activity_redraws_only_the_frame(drawn, page):
    run = running()
    endings.succeed(store(), run.id, 1, {"steps": 1, "seconds": 1.0})
    jobs.request_stop(store(), OWNER, asked(name="held").id, StopRequest.PAUSE)
    served = deployments.create_deployment(store(), OWNER, name="served", purpose=Purpose.SERVE, model="starter")
    serving.mark_failed(store(), served.id, "It died.")
    assert drawn(page)[1] == [FRAME]


def test_a_run_is_redrawn_until_it_is_paused_or_has_ended(drawn):
    waiting = asked(name="waiting")
    assert sorted(drawn("runs", run=waiting.id)[1]) == [2.0, FRAME, 4.0, 8.0]
    jobs.request_stop(store(), OWNER, waiting.id, StopRequest.CANCEL)
    run = running()
    assert sorted(drawn("runs", run=run.id)[1]) == [2.0, FRAME, 4.0, 8.0]  # state, frame, charts, answers
    endings.pause_running(store(), run.id, 1, HoldReason.PERSON)
    assert drawn("runs", run=run.id)[1] == [FRAME]
    jobs.request_stop(store(), OWNER, run.id, StopRequest.CANCEL)
    assert drawn("runs", run=run.id)[1] == [FRAME]


def test_a_synthesis_that_has_ended_is_not_redrawn(drawn):
    writing = running(JobKind.SYNTHESIZE)
    assert sorted(drawn("data", job=writing.id)[1]) == [2.0, 2.0, FRAME]
    endings.fail(store(), writing.id, 1, "There is no such document.")
    assert drawn("data", job=writing.id)[1] == [FRAME]


def test_recent_work_is_redrawn_while_some_of_it_runs(drawn):
    asked()
    assert drawn("overview")[1] == [FRAME]
    claims.claim(store(), "w", [JobKind.TRAIN])
    assert sorted(drawn("overview")[1]) == [FRAME, 3.0]


def test_a_run_waiting_for_disk_space_says_how_much_and_what_is_largest(drawn, workspace):
    (workspace / "exports/old").mkdir(parents=True)
    (workspace / "exports/old/model.gguf").write_bytes(bytes(2_000_000))
    run = running()
    hold_for_disk(store(), run.id, 1, disk_full(workspace, 5_000_000, then="it resumes by itself"))
    page, redrawn = drawn("runs", run=run.id)
    told = page.warning[0].value.replace("\\", "")
    assert "at least 6,048,576 bytes" in told and "it resumes by itself" in told and "exports/old (2 MB)" in told
    assert redrawn == [FRAME]
