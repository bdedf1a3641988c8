"""lm-evaluation-harness's files: the fields that its own writer writes, and its own readers where it is installed."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.evaluation.reports.harness import write_harness_files
from core.specs.results.evaluate import Score
from tests.reported import an_evaluation, drawn, of_scores, rows_of

AT = datetime(2026, 11, 30, 9, 5, 0, 123456, tzinfo=UTC)
SPEC = {"max_new_tokens": 64, "temperature": 0.0, "batch_size": 16, "seed": 42, "limit": None}
NAMES = ("Base", "org/Mine: first", "../up")
RESULTS = {
    "results", "group_subtasks", "configs", "versions", "n-shot", "higher_is_better", "n-samples", "config", "git_hash",
    "date", "task_hashes", "model_source", "model_name", "model_name_sanitized", "system_instruction",
    "system_instruction_sha", "fewshot_as_multiturn", "chat_template", "chat_template_sha",
    "total_evaluation_time_seconds",
}  # fmt: skip
SAMPLE = {
    "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash", "prompt_hash",
    "target_hash",
}  # fmt: skip


@pytest.fixture
def written(tmp_path):
    scores = drawn(dict(zip(NAMES, (0.4, 0.7, 0.5), strict=True)), 30)
    result, rows = an_evaluation(scores, "Base", dataset="my exam.csv")
    result = result.model_copy(update={"other_splits": {"train": of_scores(scores, "Base")}})
    rows += rows_of(scores, "train") + rows_of(scores, "another split")
    rows[0] = rows[0].model_copy(update={"messages": [{"role": "system", "content": "Be brief."}]})
    write_harness_files(result, iter(rows), SPEC, AT, tmp_path)
    return result, rows, tmp_path


def test_there_is_a_folder_for_each_model_and_a_task_for_each_split(written):
    _, _, folder = written
    date = "2026-11-30T09-05-00.123456"
    expected = {
        f"results_{date}.json",
        f"samples_my_exam_csv_test_{date}.jsonl",
        f"samples_my_exam_csv_train_{date}.jsonl",
    }
    assert sorted(path.name for path in folder.iterdir()) == ["Base", "_.__up", "org__Mine__ first"]
    for place in folder.iterdir():
        assert {path.name for path in place.iterdir()} == expected


def test_results_have_the_harness_fields_with_our_scores(written):
    result, _, folder = written
    [path] = (folder / "org__Mine__ first").glob("results_*.json")
    values = json.loads(path.read_text())
    assert set(values) == RESULTS
    task = values["results"]["my_exam_csv_test"]
    card = result.scorecards["org/Mine: first"]
    assert task["acc,none"] == card["accuracy"].value and task["rougeL,none"] == card["rougeL"].value
    width = card["accuracy"].high - card["accuracy"].low
    assert task["acc_stderr,none"] == pytest.approx(width / 3.92, rel=1e-3)
    assert (task["alias"], task["sample_len"]) == ("my_exam_csv_test", 30)
    assert values["higher_is_better"]["my_exam_csv_test"] == {"acc": True, "rougeL": True, "f1": True, "loss": False}
    config = values["configs"]["my_exam_csv_test"]
    assert config["output_type"] == "generate_until" and config["generation_kwargs"]["max_gen_toks"] == 64
    assert [one["metric"] for one in config["metric_list"]] == ["rougeL", "acc", "f1", "loss"]


def test_samples_have_the_harness_fields_and_hashes(written):
    _, rows, folder = written
    [path] = (folder / "Base").glob("samples_my_exam_csv_test_*.jsonl")
    samples = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [one["doc_id"] for one in samples] == list(range(30))
    for sample, row in zip(samples, rows, strict=False):
        assert set(sample) == SAMPLE | {"acc", "rougeL", "f1", "loss"}
        assert sample["resps"] == [[row.predictions["Base"]]] and sample["filtered_resps"] == sample["resps"][0]
        assert sample["acc"] == row.scores["Base"]["accuracy"] and sample["target"] == row.reference
        asked = sample["arguments"]["gen_args_0"]["arg_0"]
        assert sample["prompt_hash"] == hashlib.sha256(asked.encode()).hexdigest()
    assert json.loads(samples[0]["arguments"]["gen_args_0"]["arg_0"])[0]["content"] == "Be brief."
    hashes = "".join(one["doc_hash"] + one["prompt_hash"] + one["target_hash"] for one in samples)
    [results] = (folder / "Base").glob("results_*.json")
    told = json.loads(results.read_text())["task_hashes"]["my_exam_csv_test"]
    assert told == hashlib.sha256(hashes.encode()).hexdigest()


def test_what_some_samples_lack_or_is_no_mean_over_them_is_not_listed_as_averaged(tmp_path):
    scores = drawn({"Base": 0.5, "Mine": 0.6}, 5)
    result, rows = an_evaluation(scores, "Base")
    del rows[3].scores["Mine"]["f1"]
    result.scorecards["Mine"]["loss"] = Score(value=9.0)  # no mean over examples, as where tokens are counted
    write_harness_files(result, rows, SPEC, AT, tmp_path)
    [path] = (tmp_path / "Mine").glob("results_*.json")
    listed = json.loads(path.read_text())["configs"]["care_test"]["metric_list"]
    assert [one["metric"] for one in listed] == ["rougeL", "acc"]


def test_no_folder_of_somebodys_machine_and_no_likelihood_of_a_model_that_answered(tmp_path):
    result, rows = an_evaluation(drawn({"Base": 0.5, "Mine": 0.6}, 5), "Base")
    own = [one.model_copy(update={"model": f"/srv/anna/models/{one.name}"}) for one in result.models]
    write_harness_files(result.model_copy(update={"models": own}), [], SPEC, AT, tmp_path)  # answers gone
    for path in tmp_path.rglob("*.json*"):
        assert "anna" not in path.read_text()
    values = json.loads(next((tmp_path / "Mine").glob("results_*.json")).read_text())
    assert values["config"]["model_args"] == "pretrained=models/Mine"
    assert values["configs"]["care_test"]["output_type"] == "generate_until"
    text, _ = an_evaluation({"Base": {"loss": [1.0, 2.0]}}, "Base")
    text.scorecards["Base"]["perplexity"] = Score(value=float("inf"), low=1.0, high=float("inf"))
    write_harness_files(text, [], SPEC, AT, tmp_path / "text")
    values = json.loads(next((tmp_path / "text" / "Base").glob("results_*.json")).read_text())
    assert values["configs"]["care_test"]["output_type"] == "loglikelihood_rolling"
    assert values["results"]["care_test"]["perplexity,none"] == "N/A"
    json.dumps(values, allow_nan=False)


def test_two_names_that_differ_in_what_files_cannot_hold_have_two_folders(tmp_path):
    result, rows = an_evaluation(drawn({"a:b": 0.5, "a?b": 0.6, "A|B": 0.6}, 5), "a:b")
    write_harness_files(result, rows, SPEC, AT, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["A__B__", "a__b", "a__b_"]


def test_the_harness_reads_them_with_its_own_code(written):
    """With lm_eval 0.4.13 installed; it is none of our requirements, and tests of it need no model."""
    lm_eval = pytest.importorskip("lm_eval.utils")
    _, _, folder = written
    for place in folder.iterdir():
        files = [path.as_posix() for path in place.iterdir()]
        latest = lm_eval.get_latest_filename(lm_eval.get_results_filenames(files))
        values = json.loads(Path(latest).read_text(encoding="utf-8"))
        table = lm_eval.make_table(values)
        assert "my_exam_csv_test" in table and "|acc " in table and "↑" in table
        names = {
            lm_eval.get_file_task_name(path.rpartition("/")[2]) for path in lm_eval.get_sample_results_filenames(files)
        }
        assert names == set(values["results"]) == set(values["configs"])
        assert values["model_name_sanitized"] == place.name
