"""The page of an evaluation: the most telling metrics on top, silent ones grey with the reason, labels one by one."""

import json

import pytest

from app.plumbing.studio import store
from core.evaluation.telling import TELLING, AnswerKind, describe, silent_metrics
from core.specs import EvaluateSpec, JobKind
from tests.finished import succeeded
from tests.framed import framed


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
