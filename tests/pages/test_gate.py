"""The Evaluate page offers the reports of a finished evaluation, and tries thresholds out."""

import pytest

from app.plumbing.studio import home
from tests.app.evaluation.finished_evaluation import finished_evaluation
from tests.framed import framed
from tests.pages.test_forms import labelled
from tests.reported import an_evaluation, drawn


@pytest.fixture
def page():
    result, rows = an_evaluation(drawn({"Base": 0.3, "Mine": 0.7}, 200), "Base")
    evaluation = finished_evaluation(home() / "runs" / "care", result, rows)
    return framed("evaluate", job=evaluation.id), evaluation


def test_the_reports_are_linked(page):
    app, evaluation = page
    assert not app.exception
    links = [one.proto.url for one in app.get("link_button")]
    assert {f"/api/evaluations/{evaluation.id}/{kind}" for kind in ("report", "lm-eval")} <= {*links}


def test_thresholds_are_tried_out_and_stay_on_screen_with_their_error(page):
    app, _ = page
    typed = labelled(app.text_area, "Thresholds as YAML")
    typed.set_value("conditions: [{model: Mine, metric: rougeL, better_than: Base}]").run()
    labelled(app.button, "Check").click().run()
    assert any("Gate :green[passed]" in one.value and "1 of 1 condition passed" in one.value for one in app.markdown)
    [row] = [one.value for one in app.table if "Condition" in one.value.columns]
    assert (
        row["Condition"][0].replace("\\", "") == "Mine, ROUGE-L better than Base" and "difference" in row["Figures"][0]
    )

    wrong = "conditions: [{model: Mien, metric: rougeL, better_than: Base}]"
    labelled(app.text_area, "Thresholds as YAML").set_value(wrong).run()
    labelled(app.button, "Check").click().run()
    assert any("'Mien' is not a model of this evaluation" in one.value for one in app.error)
    assert labelled(app.text_area, "Thresholds as YAML").value == wrong
