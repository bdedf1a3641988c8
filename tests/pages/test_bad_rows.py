"""One unreadable row or report breaks no page, REST list or command."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.cli import main
from app.plumbing.studio import home, store
from core.specs import ArtifactKind, EvaluateSpec, ExportSpec, JobKind, Spec, TrainSpec
from core.specs.deployments import Purpose
from storage import claims, deployments, endings, jobs
from storage.actors import OWNER
from storage.artifacts import NewArtifact
from tests.rest import rest
from tests.waiting import PATIENCE_SECONDS

HOME_PAGE = Path(__file__).resolve().parents[2] / "Home.py"
PAGES = sorted(path.stem for path in (HOME_PAGE.parent / "pages").glob("[a-z]*.py"))
DAMAGE = (
    "UPDATE jobs SET spec = '{\"model\": \"\\ud800\"' WHERE name = 'bad'",
    "UPDATE jobs SET created_at = '?' WHERE name = 'bad' AND state = 'queued'",
    "UPDATE artifacts SET facts = '{' WHERE name = 'bad'",
    "UPDATE deployments SET settings = '{', state = 'dreaming' WHERE name = 'bad'",
)
REPORTS = [
    "{",
    "[1]",
    '{"splits": 5}',
    '{"splits": {"train": 1}, "version": "two"}',
    '{"splits": {"train": "\\ud800"}}',
]


def _specs(name: str) -> dict[JobKind, Spec]:
    place = {"name": name, "output_dir": str(home() / name)}
    return {
        JobKind.TRAIN: TrainSpec(**place, dataset="/a-dataset"),
        JobKind.EVALUATE: EvaluateSpec(**place, dataset="/a-dataset", model="starter"),
        JobKind.EXPORT: ExportSpec(**place, model="starter"),
    }


@pytest.fixture
def damaged():
    """Good and damaged jobs of each kind, ended and queued, and a good and a damaged dataset and deployment."""
    asked = [(name, kind, spec) for name in ("good", "bad") for kind, spec in _specs(name).items()]
    for name, kind, spec in asked:
        job = jobs.enqueue(store(), OWNER, spec, kind)
        claims.claim(store(), "w", [kind])
        made = [NewArtifact(ArtifactKind.DATASET, name, spec.output_dir, 1)] if kind == JobKind.TRAIN else []
        endings.succeed(store(), job.id, 1, {}, made)
    for _, kind, spec in asked:
        jobs.enqueue(store(), OWNER, spec, kind)
    for name in ("good", "bad"):
        deployments.create_deployment(store(), OWNER, name=name, purpose=Purpose.SERVE, model="starter")
        (home() / name).mkdir()
    (home() / "good" / "data_report.json").write_text('{"splits": {"train": 8, "validation": 1, "test": 1}}')
    (home() / "bad" / "data_report.json").write_text("{")
    with store().write() as session:
        for statement in DAMAGE:
            session.connection().exec_driver_sql(statement)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws(damaged, page):
    app = AppTest.from_file(str(HOME_PAGE), default_timeout=PATIENCE_SECONDS).run()
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception, app.exception


def test_every_rest_list_is_complete(damaged):
    client = rest()
    assert sorted(job["name"] for job in client.get("/api/jobs").json()) == ["bad"] * 6 + ["good"] * 6
    listed = {one["name"]: one for one in client.get("/api/datasets").json()}
    assert listed.keys() == {"good", "bad"}
    assert listed["bad"]["report"]["verdict"] == {"state": "unreadable"}
    assert {one["name"] for one in client.get("/api/deployments").json()} == {"good", "bad"}
    for address in (
        "/api/models",
        "/metrics",
        *(f"/api/jobs/{job.id}/events" for job in jobs.list_jobs(store(), OWNER)),
    ):
        assert client.get(address).status_code == 200


def test_the_command_line_lists_them(damaged, capsys):
    assert main(["jobs", "list"]) == 0
    assert capsys.readouterr().out.count("bad") == 6


def test_a_dataset_whose_report_cannot_be_read_is_shown_as_such_and_can_be_deleted(damaged):
    for report in REPORTS:
        (home() / "bad" / "data_report.json").write_text(report)
        bad = next(one for one in rest().get("/api/datasets").json() if one["path"].endswith("bad"))
        assert bad["report"]["unreadable"]
    app = AppTest.from_file(str(HOME_PAGE), default_timeout=PATIENCE_SECONDS).run()
    app.query_params["dataset"] = bad["id"]
    app.switch_page("pages/data.py").run()
    assert not app.exception
    assert any("cannot be read" in error.value for error in app.error)
    with store().write() as session:
        session.connection().exec_driver_sql("UPDATE jobs SET state = 'cancelled' WHERE state = 'queued'")
    assert rest().delete(f"/api/datasets/{bad['id']}").status_code == 204
    assert rest().get("/api/datasets/good").status_code == 200
