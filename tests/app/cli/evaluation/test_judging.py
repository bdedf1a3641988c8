"""`judge --preview`, and `rate` with marks on standard input."""

import io
import json
from pathlib import Path

import pytest

from app.cli import main
from app.cli.arguments import build_parser
from app.cli.values import given_values
from app.evaluation.judging.start_judging import start_judging
from storage.actors import OWNER
from tests.core.data.synthesis.scripted import Script
from tests.judged import an_evaluation, deserved, fair, worked_off

CONFIG = Path(__file__).resolve().parents[4] / "docs" / "configs" / "judge.yaml"


@pytest.fixture
def evaluation(here, shop):
    return an_evaluation(shop, str(here / "runs" / "shop"), count=12)


def test_the_preview_shows_the_prompt_and_the_calls(evaluation, capsys):
    told = ["judge", "--evaluation", evaluation.output_dir, "--criteria", "Facts only.", "--scale", "bad", "good"]
    assert main([*told, "--preview"]) == 0
    shown = capsys.readouterr().out
    assert "Facts only." in shown and "1: bad\n2: good" in shown and "36 calls about 12 examples" in shown


def test_the_configuration_in_the_documents_is_taken(evaluation):
    given = given_values(build_parser().parse_args(["judge", "--config", str(CONFIG), "--evaluation", evaluation.id]))
    asked = start_judging(OWNER, **given)
    assert (asked.spec["form"], len(asked.spec["scale"]), asked.spec["model"]) == ("rubric", 3, "qwen3:8b")


def test_marks_are_read_one_a_line_and_the_agreement_is_told(evaluation, capsys, monkeypatch):
    script = Script()
    script.answer = fair
    try:
        judging = worked_off(start_judging(OWNER, evaluation=evaluation.id, model="scripted", endpoint=script.address))
    finally:
        script.close()
    from app.evaluation.judging.ratings import to_rate

    marks = [str(deserved(one.answer)) for one in to_rate(OWNER, judging.id)]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(["9", *marks[:21], "", ""])))
    assert main(["rate", judging.name, "--json"]) == 0
    told = capsys.readouterr()
    assert "'9' is no mark." in told.err and "Your mark, 1 to 5:" in told.err and "tuned" not in told.err
    result = json.loads(told.out.splitlines()[-1])
    assert result["agreement"]["trusted"] and result["agreement"]["rated"] == 21
    assert any("tuned against base: better by 2.0" in one for one in result["verdicts"])
    assert main(["rate", "nothing"]) == 1


def test_pairs_are_voted_on_for_a_pairwise_judge(evaluation, capsys, monkeypatch):
    script = Script()
    script.answer = fair
    try:
        asked = {"evaluation": evaluation.id, "model": "scripted", "endpoint": script.address, "form": "pairwise"}
        judging = worked_off(start_judging(OWNER, **asked))
    finally:
        script.close()
    from app.evaluation.judging.ratings import pairs_to_vote_on

    votes = []
    for pair in pairs_to_vote_on(OWNER, judging):
        one, other = map(deserved, pair.answers)
        votes.append("tie" if one == other else "A" if one > other else "b")
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(["7", *votes[:24]])))
    assert main(["rate", judging.id, "--json", "--count", "24"]) == 0
    told = capsys.readouterr()
    assert "'7' is none of a, b, tie, bad." in told.err and "tuned" not in told.err
    result = json.loads(told.out.splitlines()[-1])
    assert result["agreement"]["rated"] == result["agreement"]["agreed"] == 24 and result["agreement"]["trusted"]
