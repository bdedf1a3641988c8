"""The page of an evaluation: the most telling metrics on top, silent ones grey with the reason, labels one by one."""

import json

import pytest

from app.plumbing.studio import store
from core.evaluation.telling import TELLING, AnswerKind, describe, silent_metrics
from core.specs import EvaluateSpec, JobKind
from core.specs.results.evaluate import EvaluateResult, Prediction
from tests.app.evaluation.finished_evaluation import finished_evaluation
from tests.finished import dataset_with_near_copies, succeeded
from tests.framed import framed
from tests.reported import an_evaluation, drawn


@pytest.fixture
def evaluation(workspace):
    """An evaluation of 24 labels, as the worker leaves it."""
    folder = workspace / "runs" / "ride-scores"
    folder.mkdir(parents=True)
    (folder / "predictions.json").write_text("[]")
    names = ("loss", "rougeL", "macro_f1", "balanced_accuracy", "accuracy")
    silent = silent_metrics(describe(["good", "bad"], labels=True))
    result = {
        "result_version": 2, "models": [{"name": "Mine", "kind": "model"}], "reference": "Mine",
        "scorecards": {"Mine": {name: {"value": 0.5, "low": 0.4, "high": 0.6} for name in names}},
        "differences": {}, "examples": 24, "split": "test", "labels": True, "speed": None, "seconds": 3.0,
        "model": "Mine", "dataset": "rides", "notes": [], "files": [],
        "answer_kind": "labels", "telling": list(TELLING[AnswerKind.LABELS]),
        "silent": [{"metric": name, "reason": reason} for name, reason in silent.items()],
        "confusions": {"Mine": {"labels": ["bad", "good"], "counts": [[3, 2, 1], [0, 18, 0]]}},
    }  # fmt: skip
    spec = EvaluateSpec(name="ride scores", output_dir=str(folder), model="starter", dataset=str(workspace / "rides"))
    return succeeded(store(), JobKind.EVALUATE, spec, json.loads(json.dumps(result))).id


def test_what_says_most_stands_on_top_and_what_says_nothing_is_grey_with_the_reason(evaluation):
    app = framed("evaluate", job=evaluation)
    scores, silent = app.table[0].value, app.table[1].value
    assert list(scores["Metric"])[:3] == ["Right", "Right, by label", "Macro F1"]
    assert "ROUGE-L" not in list(scores["Metric"])
    rouge = silent[silent["Metric"].str.contains("ROUGE-L]")].iloc[0]
    assert rouge["Why"] == ":gray[The answers are labels: right or wrong.]" and "0.5" in rouge["Mine"]
    assert any("Right, Right, by label, Macro F1" in one.value for one in app.markdown)


def test_labels_are_shown_one_by_one(evaluation):
    app = framed("evaluate", job=evaluation)
    rows = app.dataframe[0].value
    assert list(rows["Right"]) == ["3 of 6", "18 of 18"]
    assert list(rows["said good"]) == ["2", "18"] and list(rows["said another answer"]) == ["1", "0"]


RIGHT = {"Plain": 0, "First": 1, "Second": 24}


@pytest.fixture
def sums(workspace):
    """An evaluation of two models on 24 sums; the only right one of First shares the fewest words."""
    folder = workspace / "runs" / "sums"
    folder.mkdir(parents=True)
    rows = [
        {
            "instruction": f"sum {number}", "reference": f"Together they are {number}.",
            "predictions": {name: f"{name} says {number}" for name in RIGHT},
            "scores": {
                name: {"number_match": float(number >= 24 - right), "accuracy": 0.0, "f1": 0.9, "rougeL": 0.9}
                for name, right in RIGHT.items()
            },
        }
        for number in range(24)
    ]  # fmt: skip
    rows[23]["scores"]["First"] |= {"f1": 0.1, "rougeL": 0.1}
    (folder / "predictions.json").write_text(json.dumps(rows))
    result = {
        "result_version": 2, "models": [{"name": name, "kind": "model"} for name in RIGHT], "reference": "Plain",
        "scorecards": {
            name: {"number_match": {"value": right / 24}, "accuracy": {"value": 0.0}, "rougeL": {"value": 0.9}}
            for name, right in RIGHT.items()
        },
        "differences": {}, "examples": 24, "split": "test", "labels": False, "speed": None, "seconds": 3.0,
        "model": "First, Second", "dataset": "sums", "notes": [], "files": [],
        "answer_kind": "answers that end in a number", "telling": list(TELLING[AnswerKind.NUMBERS]),
    }  # fmt: skip
    dataset = dataset_with_near_copies()
    spec = EvaluateSpec(name="sums", output_dir=str(folder), model="starter", dataset=dataset)
    return succeeded(store(), JobKind.EVALUATE, spec, result).id


def test_answers_that_end_in_a_number_are_sorted_and_called_right_by_it(sums):
    app = framed("evaluate", job=sums)
    assert app.table[0].value["Second"][0].startswith("24 of 24 (")
    captions = [one.value for one in app.caption]
    assert captions.count("First · missed") == captions.count("Second · right") == 5
    app.segmented_control(key=f"o-{sums}-test").set_value("Best first").run()
    questions = [one.value for one in app.text if one.value.startswith("sum ")]
    assert questions[0] == "sum 23" and len(questions) == 5


def test_of_several_models_each_has_its_reasons_and_the_datasets_warnings_stand_once(sums):
    app = framed("evaluate", job=sums)
    assert "**First**: 1 of 24 right; not usable yet" in app.error[0].value
    captions = [one.value for one in app.caption]
    assert any("Not told apart from Plain" in one for one in captions)
    assert sum("36 examples nearly the same" in one for one in captions) == 1


def test_a_metric_of_another_version_that_says_most_goes_by_its_name(workspace):
    result, rows = an_evaluation(drawn({"Base": 0.3, "Mine": 0.7}, 100), "Base")
    newer = json.loads(json.dumps([result.stored(), [row.model_dump() for row in rows]]).replace("rougeL", "truth"))
    rows = [Prediction.model_validate(row) for row in newer[1]]
    evaluation = finished_evaluation(workspace / "runs" / "newer", EvaluateResult.read(newer[0], "newer"), rows)
    app = framed("evaluate", job=evaluation.id)
    assert list(app.table[0].value["Metric"])[0] == "truth"
    assert any("better on Right and Token F1; different on truth" in one.value for one in app.markdown)
