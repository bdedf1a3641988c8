"""The Evaluate page about what tuning cost: asked for with its time told, and what was lost with its questions."""

import re

import pytest

from app.data.start_preparing import start_preparing
from app.evaluation.blind_votes import asked_pairs
from app.jobs.queries import jobs
from core.specs import JobKind
from storage.actors import OWNER
from tests.app.working import work_off
from tests.compared import a_comparison, forgotten, tuned
from tests.framed import framed
from tests.pages.test_forms import labelled


@pytest.fixture
def dataset() -> dict:
    return work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="law"))


def shown(app) -> str:
    """All texts, without what keeps Markdown from reading them as its own."""
    texts = (one.value for kind in (app.markdown, app.caption, app.text) for one in kind)
    return re.sub(r":color\[\\(.)\]|\\(?=[^a-zA-Z0-9\s])", r"\1", "\n".join(texts))


def test_it_is_asked_for_with_one_switch_and_the_tasks_of_the_harness_by_name(dataset, monkeypatch, tmp_path):
    model, _ = tuned("first", dataset["path"])
    app = framed("evaluate", model=model)
    assert "pip install lm_eval==" in shown(app) or labelled(app.text_input, "Tasks of lm-evaluation-harness")
    labelled(app.toggle, "Also measure what was forgotten").set_value(True).run()
    labelled(app.button, "Evaluate").click().run()
    assert jobs(OWNER, JobKind.EVALUATE)[0].spec["general_ability"] is True

    (tmp_path / "lm_eval").mkdir()  # as if it were installed
    (tmp_path / "lm_eval" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    app = framed("evaluate", model=model)
    labelled(app.text_input, "Tasks of lm-evaluation-harness").set_value("arc_easy ../mine").run()
    assert "Name up to 32 tasks" in app.error[0].value and labelled(app.button, "Evaluate").disabled


def test_what_was_lost_is_said_and_its_questions_are_read(dataset):
    scores = a_comparison(dataset["path"], **forgotten())
    app = framed("evaluate", job=scores.id)
    assert not app.exception
    text = shown(app)
    assert "**Adapter** against Base: lost arithmetic: 61 → 44 of 80, −21 points" in text
    assert "An API does not tell how likely" in text
    table = next(one.value for one in app.table if "Field" in one.value.columns)
    row = table.set_index("Field").loc["Arithmetic"]
    assert row["By guessing"] == "–" and row["Adapter "].startswith("44 of 80")
    assert table.set_index("Field").loc["Language"]["Somebody else's "] == "not measured"
    tasks = next(one.value for one in app.table if "Task" in one.value.columns)
    assert tasks["Base "].tolist() == ["0.5000 ± 0.0100"]
    assert "What is 1 + 1?" not in text
    labelled(app.segmented_control, "Answers to").set_value("general ability").run()
    assert "What is 1 + 1?" in shown(app) and "What is 7 + 1?" not in shown(app)  # on the second page
    labelled(app.segmented_control, "Order").set_value("Largest loss").run()
    assert not app.exception and "What is 7 + 1?" in shown(app)
    assert not [one for one in app.button if "dataset" in one.label.lower()]  # its references are one way of many


def test_general_questions_are_not_voted_on(dataset):
    scores = a_comparison(dataset["path"], **forgotten())
    assert asked_pairs(OWNER, scores.id).pairs == ()
