"""Tasks of lm-evaluation-harness: named, refused where it is missing, read as it writes them, asked without a hub."""

import importlib.util
import json

import pytest

from core.errors import InputError
from core.evaluation.evaluate import evaluate
from core.evaluation.general.harness import _contents, _read, harness_scores, kept
from core.specs import EvaluateSpec
from core.specs.results.harness import HarnessScore

INSTALLED = importlib.util.find_spec("lm_eval") is not None
TASK = """
task: opposites
dataset_path: json
dataset_kwargs:
  data_files: {{validation: {file}}}
validation_split: validation
output_type: multiple_choice
doc_to_text: "The opposite of {{{{word}}}} is"
doc_to_choice: ["cold", "late"]
doc_to_target: "{{{{answer}}}}"
metric_list:
  - metric: acc
  - metric: acc_norm
"""


def spec(tmp_path, tiny_model, dataset, **values):
    return EvaluateSpec(
        name="e", output_dir=str(tmp_path / "scores"), model=str(tiny_model), dataset=dataset, limit=4,
        max_new_tokens=4, **values,
    )  # fmt: skip


def test_a_task_is_named_and_no_path(tmp_path, tiny_model, dataset):
    for name in ("../tasks/mine", "/etc/passwd", "mine.yaml; ls", "", ".hidden"):
        with pytest.raises(ValueError, match="harness_tasks"):
            spec(tmp_path, tiny_model, dataset, harness_tasks=(name,))
    assert spec(tmp_path, tiny_model, dataset, harness_tasks=("arc_easy",)).harness_tasks == ("arc_easy",)


@pytest.mark.skipif(INSTALLED, reason="lm-evaluation-harness is installed")
def test_without_the_harness_its_tasks_are_refused_before_anything_is_asked(tmp_path, tiny_model, dataset):
    with pytest.raises(InputError, match="not installed") as refused:
        evaluate(spec(tmp_path, tiny_model, dataset, harness_tasks=("arc_easy",)))
    assert "pip install lm_eval==" in refused.value.remedy


def test_scores_are_read_as_the_harness_writes_them():
    found = {
        "results": {
            "arc": {"alias": "arc", "acc,none": 0.5, "acc_stderr,none": 0.1, "sample_len": 26},
            "sums": {"exact_match,strict-match": 0.25, "exact_match_stderr,strict-match": "N/A"},
        },
        "n-samples": {"arc": {"original": 26, "effective": 26}},
    }
    arc, sums = _read(found)
    assert arc == HarnessScore(task="arc", metric="acc", value=0.5, standard_error=0.1, examples=26)
    assert (sums.metric, sums.standard_error, sums.examples) == ("exact_match (strict-match)", None, None)
    told = harness_scores({"Mine": [arc], "As a file": None})
    assert "arc acc: Mine 0.5000 ± 0.1000" in list(told.lines()) and "Transformers" in told.unmeasured["As a file"]


def test_scores_of_a_model_are_not_measured_twice(tmp_path):
    asked = []

    def measure():
        asked.append(1)
        return [HarnessScore(task="arc", metric="acc", value=0.5)]

    assert kept(tmp_path / "scores.json", measure) == kept(tmp_path / "scores.json", measure)
    assert len(asked) == 1


def test_a_task_that_was_changed_is_asked_again(tmp_path):
    task = tmp_path / "more" / "mine.yaml"
    task.parent.mkdir()
    task.write_text("task: mine")
    before = _contents(tmp_path)
    task.touch()
    assert _contents(tmp_path) == before
    task.write_text("task: mime")
    assert _contents(tmp_path) != before


@pytest.mark.skipif(not INSTALLED, reason="lm-evaluation-harness is not installed")
def test_a_task_of_ones_own_is_asked_without_a_network(tmp_path, tiny_model, tiny_adapter, dataset):
    rows = [{"word": "hot", "answer": 0}, {"word": "early", "answer": 1}] * 10
    data = tmp_path / "tasks" / "opposites.jsonl"
    data.parent.mkdir()
    data.write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "tasks" / "opposites.yaml").write_text(TASK.format(file=data))
    models = [{"name": "Plain", "model": str(tiny_model)}, {"name": "Tuned", "model": str(tiny_adapter)}]
    asked = EvaluateSpec(
        name="e", output_dir=str(tmp_path / "scores"), models=models, dataset=dataset, limit=4, max_new_tokens=4,
        harness_tasks=("opposites",),
    )  # fmt: skip
    found = evaluate(asked, harness_folder=tmp_path / "tasks").harness
    for name in ("Plain", "Tuned"):
        accuracy, normalized = found.scores[name]
        assert (accuracy.task, accuracy.metric, normalized.metric) == ("opposites", "acc", "acc_norm")
        assert 0 <= accuracy.value <= 1 and accuracy.standard_error is not None and accuracy.examples == 4
    with pytest.raises(InputError, match="knows no task oposites"):
        evaluate(
            asked.model_copy(update={"harness_tasks": ("oposites",), "output_dir": str(tmp_path / "other")}),
            harness_folder=tmp_path / "tasks",
        )
