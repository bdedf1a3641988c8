"""Deleting on every page: confirmed, previewed, undone."""

import pytest
from streamlit.testing.v1 import AppTest

from app.data.datasets import dataset, preview
from app.data.start_preparing import start_preparing
from app.data.versions import revise
from app.disk.trash import deleted, undo
from app.plumbing.studio import home
from storage.actors import OWNER
from tests.app.disk.test_trash import kept
from tests.app.working import work_off
from tests.framed import framed


def press(app: AppTest, words: str) -> AppTest:
    next(button for button in app.button if button.label == words).click().run()
    assert not app.exception, app.exception
    return app


def shown(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.warning, app.error, app.info)
    return " ".join(one.value for kind in kinds for one in kind).replace("\\", "")


@pytest.mark.parametrize(
    ("kind", "page", "words"),
    [
        ("run", "runs", "Delete this run"),
        ("evaluation", "evaluate", "Delete this evaluation"),
        ("export", "export", "Delete this export"),
        ("model", "export", "Delete model-q8_0.gguf only"),
        ("deployment", "serve", "Delete"),
    ],
)
def test_each_kind_is_deleted_on_its_page_and_restored_with_undo(kind, page, words):
    things = kept(home())
    of = things["export" if kind == "model" else kind]
    address = {} if page == "serve" else {"run" if page == "runs" else "job": of}
    app = press(framed(page, **address), words)
    assert f"deletes the {kind} " in shown(app) and "frees" in shown(app)
    if kind == "run":
        assert "with its adapter, checkpoints" in shown(app) and "5 KB" in shown(app)
        assert "evaluation care-scores" in shown(app) and "export care" in shown(app)
    press(app, "Yes, delete it")
    assert "was deleted" in shown(app)
    assert not app.query_params
    press(app, "Undo")
    assert "was deleted" not in shown(app)
    press(framed(page, **address), words)


def test_something_served_says_what_to_do_before_deleting():
    things = kept(home())
    press(framed("serve"), "Start")
    app = framed("serve")
    assert not any(button.label == "Delete" for button in app.button)
    app = press(framed("export", job=things["export"]), "Delete this export")
    assert "Stop that on the Serve page first" in shown(app)
    assert not any(button.label == "Yes, delete it" for button in app.button)


def test_a_restored_version_can_be_undone():
    work_off(start_preparing(OWNER, source="sample", domain="healthcare", num_samples=12, name="care"))
    work_off(revise(OWNER, "care", changes=[{"kind": "drop", "rows": [1]}]))
    from app.jobs.queries import jobs

    for version, rows in ((3, 12), (4, 11), (5, 12)):
        press(framed("data", dataset=dataset(OWNER, "care")["id"]), "Undo")
        work_off(jobs(OWNER)[0])
        assert dataset(OWNER, "care")["version"] == version
        counted = sum(len(preview(OWNER, "care", split, 0, 100)) for split in ("train", "validation", "test"))
        assert counted == rows


def test_undo_is_offered_while_it_is_possible():
    app = press(framed("runs", run=kept(home())["run"]), "Delete this run")
    press(app, "Yes, delete it")
    undo(OWNER, deleted(OWNER)[0].id)  # in another tab
    assert not any(button.label == "Undo" for button in app.run().button)


def test_something_deleted_in_another_tab_is_reported_as_missing():
    things = kept(home())
    one, other = (framed("runs", run=things["run"]) for _ in range(2))
    press(one, "Delete this run")
    press(other, "Delete this run")
    press(one, "Yes, delete it")
    press(other, "Yes, delete it")
    assert "There is no run" in shown(other) and "was deleted" not in shown(other)
