"""Reports and the gate of a finished evaluation, on the command line and over REST."""

import io
import json
import zipfile

import pytest

from app.cli import main
from app.evaluation.reports import harness_bytes, harness_files
from app.evaluation.stored import stored_evaluation
from storage.actors import OWNER
from tests.app.evaluation.finished_evaluation import finished_evaluation
from tests.framed import framed
from tests.reported import an_evaluation, drawn, hostile_evaluation
from tests.rest import rest

PASSES = "conditions: [{model: Mine, metric: rougeL, better_than: Base}]"
FAILS = "conditions: [{model: Copy, metric: rougeL, better_than: Base}, {model: Mine, metric: f1, at_least: 0}]"
UNKNOWN = "conditions: [{model: Mine, metric: macro_f1, at_least: 0.5}]"


@pytest.fixture
def evaluation(here):
    result, rows = an_evaluation(drawn({"Base": 0.3, "Mine": 0.7, "Copy": 0.3}, 200), "Base")
    return finished_evaluation(here / "runs" / "care", result, rows)


def test_the_page_is_a_download_with_the_pages_verdict_and_nothing_is_left_behind(evaluation, here):
    client = rest()
    answer = client.get(f"/api/evaluations/{evaluation.id}/report")
    assert answer.status_code == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="care-scores.html"'
    assert "Mine is better than Base." in answer.text and "Question 1" in answer.text
    assert "not compared with looking up the nearest question" in answer.text  # as the page judges
    assert "Mine is better than Base." in client.get(f"/api/evaluations/{evaluation.id}/report.txt").text
    packed = client.get(f"/api/evaluations/{evaluation.id}/lm-eval")
    assert packed.headers["content-disposition"] == 'attachment; filename="care-scores-lm-eval.zip"'
    names = zipfile.ZipFile(io.BytesIO(packed.content)).namelist()
    assert len(names) == 6 and {name.partition("/")[0] for name in names} == {"Base", "Mine", "Copy"}
    assert list((here / "downloads").iterdir()) == []


def test_the_gate_answers_over_rest(evaluation):
    client = rest()
    for thresholds, state, code in ((PASSES, "passed", 0), (FAILS, "failed", 1), (UNKNOWN, "cannot be told", 2)):
        told = client.post(f"/api/evaluations/{evaluation.id}/gate", json={"thresholds": thresholds}).json()
        assert (told["state"], told["exit_code"]) == (state, code)
        assert told["checks"][0]["state"] == state and told["checks"][0]["why"]
    for refused in ("conditions: [{model: Nobody, metric: f1, at_least: 0}]", "a: [", "nothing"):
        answer = client.post(f"/api/evaluations/{evaluation.id}/gate", json={"thresholds": refused})
        assert answer.status_code == 422 and "The thresholds" in answer.text
    assert client.get("/api/evaluations/nobody/report").status_code == 404


def test_exit_codes_tell_a_build_what_became_of_it(evaluation, tmp_path, capsys):
    file = tmp_path / "gate.yaml"
    place = str(evaluation.output_dir)
    for thresholds, code in ((PASSES, 0), (FAILS, 1), (UNKNOWN, 2), ("conditions: 3", 2)):
        file.write_text(thresholds)
        assert main(["gate", place, "--thresholds", str(file)]) == code
    assert main(["gate", place, "--thresholds", str(tmp_path / "none.yaml")]) == 2
    assert main(["gate", "nowhere", "--thresholds", str(file)]) == 2
    capsys.readouterr()
    file.write_text(FAILS)
    assert main(["gate", evaluation.id, "--thresholds", str(file)]) == 1
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("failed: Copy, ROUGE-L better than Base: difference ") and "not told apart" in first
    assert (
        second.startswith("passed: Mine, Token F1 at least 0.0 %: ") and last == "Gate failed: 1 of 2 conditions passed"
    )
    assert main(["gate", evaluation.id, "--thresholds", str(file), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["gate"]["checks"][1]["state"] == "passed"


def test_reports_are_written_where_they_are_asked_for(evaluation, tmp_path, capsys):
    for kind, files in (("html", 1), ("txt", 1), ("lm-eval", 6)):
        arguments = ["report", evaluation.output_dir, "--format", kind, "--output-dir", str(tmp_path / kind), "--json"]
        assert main(arguments) == 0
        told = json.loads(capsys.readouterr().out)["files"]
        assert len(told) == files and all(path.startswith(str(tmp_path / kind)) for path in told)
    page = (tmp_path / "html" / "evaluation_report.html").read_text()
    assert "Mine is better than Base." in page
    assert main(["report", evaluation.id]) == 0
    assert capsys.readouterr().out == f"{evaluation.output_dir}/evaluation_report.html\n"


def test_a_file_that_cannot_be_used_stops_before_anything_is_asked(here, tmp_path, capsys):
    file = tmp_path / "gate.yaml"
    file.write_text("conditions: [{model: tuned, metric: nothing, at_least: 1}]")
    assert main(["evaluate", "--model-path", "nowhere", "--gate", str(file)]) == 2
    assert "line 1, conditions.1.metric" in capsys.readouterr().err


def test_a_result_without_scores_is_refused_in_words(evaluation, here, tmp_path, capsys):
    result, _ = an_evaluation(drawn({"Base": 0.3}, 20), "Base")
    empty = result.model_copy(update={"scorecards": {}, "reference": ""})
    job = finished_evaluation(here / "runs" / "empty", empty, [], "empty")
    file = tmp_path / "gate.yaml"
    file.write_text(PASSES)
    for reference in (job.id, str(job.output_dir)):
        for command in (["report", reference], ["gate", reference, "--thresholds", str(file)]):
            assert main(command) in (1, 2)
            assert "holds no scores of any model" in capsys.readouterr().err
    for made in ("report", "report.txt", "lm-eval"):
        answer = rest().get(f"/api/evaluations/{job.id}/{made}")
        assert answer.status_code < 600 and "holds no scores" in answer.json()["error"]["message"]
    page = framed("evaluate", job=job.id)
    assert any("holds no scores of any model" in one.value for one in page.error)


def test_the_room_that_a_download_asks_for_is_what_its_files_take(here, tmp_path):
    models = dict.fromkeys(["Base", "B", "C", "D", "E", "F"], 0.5)  # each repeats the questions and references
    result, rows = an_evaluation(drawn(models, 1000), "Base")
    rows = [row.model_copy(update={"instruction": "Why? " * 200, "reference": "好。" * 200}) for row in rows]
    job = finished_evaluation(here / "runs" / "six", result, rows, "six")
    evaluation = stored_evaluation(OWNER, job.id)
    told = harness_bytes(evaluation, tmp_path / "measured")
    written = sum(file.stat().st_size for file in harness_files(evaluation, tmp_path / "files"))
    assert written > 3 * (evaluation.folder / "predictions.json").stat().st_size
    assert written <= told < 1.1 * written and not (tmp_path / "measured").exists()


def test_hostile_names_make_files_and_reports_like_any_other(here):
    result, rows, _ = hostile_evaluation()
    evaluation = finished_evaluation(here / "runs" / "hostile", result, rows, "hostile")
    client = rest()
    assert "<script>" not in client.get(f"/api/evaluations/{evaluation.id}/report").text
    packed = client.get(f"/api/evaluations/{evaluation.id}/lm-eval")
    names = zipfile.ZipFile(io.BytesIO(packed.content)).namelist()
    assert len(names) == 9 and not any(".." in name or name.startswith("/") or "<" in name for name in names)
