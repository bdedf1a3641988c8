"""A workspace of an earlier version (schema 0002, before chats and the trash): every page still shows what it holds."""

import sqlite3
from pathlib import Path
from shutil import copytree

import pytest

from app.export.gguf_files import standing_ggufs
from app.plumbing.studio import store
from storage import jobs
from storage.actors import OWNER
from tests.framed import framed

OLD = Path(__file__).parent / "workspace_of_schema_0002"
RUN, PAUSED = "train-20261130-tkgkft", "train-20261130-tm3rqk"
EVALUATION, EXPORT = "evaluate-20261130-tm5691", "export-20261130-tr6nyp"


@pytest.fixture(autouse=True)
def _old(workspace):
    """The workspace as that version left it; weights are placeholders, because pages never read them."""
    copytree(OLD, workspace, dirs_exist_ok=True)
    for file in (path for path in workspace.rglob("*.json")):
        file.write_text(file.read_text().replace("WORKSPACE", str(workspace)))
    for name in ("q8_0", "q4_0"):
        (workspace / f"exports/finished-run/model-{name}.gguf").write_bytes(b"GGUF")
    (workspace / "runs/finished-run/merged_model").mkdir()
    script = (workspace / "studio.sql").read_text().replace("WORKSPACE", str(workspace))
    with sqlite3.connect(workspace / "studio.db") as database:
        database.executescript(script)


def words(app) -> str:
    """All text on the page."""
    kinds = (app.markdown, app.caption, app.success, app.info, app.warning, app.error, app.title, app.header)
    return " ".join(str(one.value) for kind in kinds for one in kind).replace("\\", "")


def test_the_overview_lists_existing_work():
    assert "finished-run" in words(framed("overview"))


def test_a_finished_run_shows_its_losses():
    app = framed("runs", run=RUN)
    best = next(one for one in app.metric if one.label == "Best validation loss")
    assert best.value == "4.6"


def test_a_paused_run_can_be_resumed():
    app = framed("runs", run=PAUSED)
    assert "121" in words(app)
    assert any("Resume" in button.label for button in app.button)


def test_an_evaluation_has_its_verdict_and_answers():
    app = framed("evaluate", job=EVALUATION)
    assert "0 of 6" in words(app)
    assert "Tuned · missed · ROUGE-L 0.14" in words(app)


def test_an_export_is_judged_by_its_evaluation_and_offers_its_files():
    app = framed("export", job=EXPORT)
    assert "0 of 6 right" in words(app)
    assert set(standing_ggufs(OWNER, jobs.get_job(store(), OWNER, EXPORT))) == {"q8_0", "q4_0"}


def test_a_dataset_opens_with_its_report():
    app = framed("data", dataset="prepare-20261130-tkdggb-1")
    assert "Only 48 examples to train on" in words(app)


@pytest.mark.parametrize("page", ["train", "chat", "serve", "settings"])
def test_the_other_pages_open(page):
    framed(page)
