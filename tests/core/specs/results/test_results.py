"""Results survive their own JSON, those of before versions are upgraded, and what is damaged is refused in words."""

import json
import math
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from core.errors import CorruptArtifactError
from core.specs.results.benchmark import BenchmarkFile, BenchmarkResult, Speed
from core.specs.results.evaluate import EvaluateResult, EvaluationFile, Prediction
from core.specs.results.export import ExportFile, ExportResult, FileVerdict, GgufFile, Parity
from core.specs.results.prepare import PrepareResult, SynthesizeResult
from core.specs.results.report import DataReport
from core.specs.results.train import MergeRefused, TrainResult

BEFORE_VERSIONS = Path(__file__).parent / "before_versions"
"""Written by commit 39cbe14: rows by the name of the job kind, and the files beside them."""
KINDS = [
    (TrainResult, "train_row.json"),
    (EvaluateResult, "evaluate_row.json"),
    (EvaluationFile, "metrics.json"),
    (ExportResult, "export_row.json"),
    (ExportFile, "quantization_metrics.json"),
    (BenchmarkResult, "benchmark_row.json"),
    (BenchmarkFile, "benchmark.json"),
    (PrepareResult, "prepare_row.json"),
    (DataReport, "data_report.json"),
]


def before_versions(name: str) -> dict:
    return json.loads((BEFORE_VERSIONS / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("kind", "name"), KINDS, ids=[name for _, name in KINDS])
def test_a_result_of_before_versions_is_read_and_survives_its_own_json(kind, name):
    old = before_versions(name)
    result = kind.read(old, name)
    stored = json.loads(json.dumps(result.stored()))
    assert stored["result_version"] == kind.VERSION
    assert old.keys() - {"how"} <= stored.keys()  # an evaluation says it in `models`
    assert kind.read(stored, name) == result


@pytest.mark.parametrize(("kind", "name"), KINDS, ids=[name for _, name in KINDS])
def test_fields_of_a_newer_version_are_ignored_on_reading_and_refused_on_writing(kind, name):
    result = kind.read(before_versions(name), name)
    newer = result.stored() | {"result_version": kind.VERSION + 1}
    if kind is not BenchmarkResult:  # its other keys are labels of models
        newer["fairness"] = {"score": 1}
    assert kind.read(newer, name) == result
    with pytest.raises(ValidationError, match="fairness"):
        kind(**dict(result), fairness=1)


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        (TrainResult, [1], "train cannot be read: it is not a JSON object"),
        (TrainResult, {"seconds": 1.0}, "steps"),
        (TrainResult, {"steps": "many"}, "steps: Input should be a valid integer"),
        (EvaluateResult, {"examples": 3, "split": "test", "seconds": 1.0}, "scorecards: Field required"),
        (EvaluateResult, {"scorecards": {"base": {"loss": 1.0}}}, "scorecards.base.loss"),
        (ExportResult, {"source": "starter"}, "gguf"),
        (ExportResult, {"gguf": {"q8_0": "model.gguf"}}, "cannot be read"),
        (ExportResult, {"gguf": {"q8_0": {"path": "model.gguf"}}}, "gguf.q8_0.bytes: Field required"),
        (BenchmarkResult, {"starter": 5}, "models.starter"),
        (BenchmarkFile, {"result_version": 1, "models": {}}, "made_by: Field required"),
        (PrepareResult, {"path": "x"}, "report: Field required"),
        (DataReport, {"splits": {"train": 8}, "version": "two"}, "version"),
        (DataReport, {"splits": {"train": 8}, "findings": [{"kind": "leakage"}]}, "findings.0.severity"),
    ],
)
def test_what_is_damaged_is_refused_and_named(kind, values, said):
    with pytest.raises(CorruptArtifactError, match=said) as refused:
        kind.read(values, "train")
    assert refused.value.remedy


def test_a_synthesis_of_before_versions_is_read():
    account = {
        "task": "questions", "model": "scripted", "endpoint": None, "asked": 8, "accepted": 6,
        "left_out": {"refused": 2}, "left_out_samples": {"refused": ["I cannot."]}, "tokens": 800, "cost_usd": 0.0,
        "stopped_by": "the budget",
    }  # fmt: skip
    old = account | {name: before_versions("prepare_row.json")[name] for name in ("path", "splits", "report")}
    made = SynthesizeResult.read(old, "synthesize")
    stored = json.loads(json.dumps(made.stored()))
    assert stored["result_version"] == 1 and old.keys() <= stored.keys()
    assert SynthesizeResult.read(stored, "synthesize") == made


def test_only_what_was_set_is_stored():
    speed = Speed(kind="gguf", tokens_per_second=3.0, peak_gpu_memory_bytes=None)
    figures = {"kind": "gguf", "tokens_per_second": 3.0, "peak_gpu_memory_bytes": None}
    assert BenchmarkResult(models={"small": speed}).stored() == {"result_version": 1, "small": figures}


def test_a_loss_that_is_not_finite_is_kept():
    values = before_versions("train_row.json") | {"last_validation_loss": math.nan, "merge": {"refused": "too far off"}}
    stored = TrainResult.read(values, "train").stored()
    again = TrainResult.read(json.loads(json.dumps(stored)), "train")
    assert math.isnan(again.last_validation_loss)
    assert again.merge == MergeRefused(refused="too far off")


def test_a_run_of_before_the_kept_step_was_named_kept_its_best_or_last_step():
    old = before_versions("train_row.json")
    assert TrainResult.read(old, "train").kept_step == old["best_step"]
    assert TrainResult.read(old | {"best_step": None}, "train").kept_step == old["steps"]


def test_a_file_of_before_verdicts_passed_the_checks_of_its_time():
    made = ExportResult.read(before_versions("export_row.json"), "export").gguf["q8_0"]
    assert (made.verdict, made.why) == (FileVerdict.PASSED, None)
    assert made.parity.mean_kl_divergence > 0 and made.parity.largest_kl_recommended is None
    assert Parity().passed and GgufFile(**dict(made)) == made


def test_predictions_of_before_versions_are_read():
    rows = TypeAdapter(list[Prediction]).validate_python(before_versions("predictions.json"), extra="ignore")
    assert [set(row.predictions) for row in rows] == [{"base", "tuned", "nearest"}] * len(rows)


def test_an_evaluation_of_version_1_is_read_with_its_roles_as_names():
    card, above = (
        {"rougeL": {"value": 0.5, "low": 0.4, "high": 0.6}},
        {"rougeL": {"value": 0.2, "low": 0.1, "high": 0.3}},
    )
    old = {
        "result_version": 1, "scorecards": {"base": card, "tuned": card, "nearest": card}, "split": "test",
        "differences": {"base": above, "nearest": above}, "examples": 9, "labels": False, "speed": None, "seconds": 1.0,
        "model": "mine", "dataset": "care", "how": {"tuned": "mine, the adapter"}, "notes": [], "files": [],
    }  # fmt: skip
    result = EvaluateResult.read(old, "row")
    assert (result.reference, result.subjects, result.look_ups) == ("base", ["tuned"], ["nearest"])
    assert result.differences["tuned"]["nearest"]["rougeL"].low == 0.1
    assert result.how("tuned") == "mine, the adapter"
    assert EvaluateResult.read(json.loads(json.dumps(result.stored())), "row") == result
    only = old | {"scorecards": {"gguf": card}, "differences": {}, "how": {}}
    assert EvaluateResult.read(only, "row").subjects == ["gguf"]
