"""`answers`: the examples behind an evaluation's scores on a terminal."""

import json

import pytest

from app.cli import main
from app.jobs.queries import jobs
from core.specs import JobKind
from storage.actors import OWNER
from tests.browsed import RARE, browsed


@pytest.fixture
def typed(here, capsys, monkeypatch):
    """`typed("answers", "list", …)`: the JSON object of a command that must succeed; nothing is followed."""
    monkeypatch.setattr("app.cli.evaluation.answers.follow", lambda started: {"path": "made"})

    def run(*arguments: str, code: int = 0) -> dict:
        assert main([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return run


def test_examples_are_listed_remarked_on_and_made_a_dataset(typed, capsys):
    scores = browsed(60).id
    found = typed("answers", "list", scores, "--order", "gain", "--limit", "2", "--offset", "1", "--topic", "skin")
    assert found["total"] == 20 and len(found["examples"]) == 2 and found["examples"][0]["topic"] == "skin"
    number = found["examples"][0]["number"]
    kept = typed("answers", "remark", scores, "--example", str(number), "--comment", "Wrong.", "--tag", "drug,danger")
    assert kept["remark"]["tags"] == ["drug", "danger"]
    assert [one["number"] for one in typed("answers", "list", scores, "--remarked")["examples"]] == [number]
    assert main(["answers", "list", scores, "--search", RARE]) == 0
    said = capsys.readouterr().out
    assert "--- 60\nasked: What is done in case 59?" in said and "1 of 1, from 1 on" in said
    assert "q4_0 (close, rougeL 0.602): " in said
    made = typed("answers", "dataset", scores, "--outcome", "missed", "--model", "Base", "--name", "hard")
    assert made["path"] == "made" and jobs(OWNER, JobKind.PREPARE)[0].name == "hard"
    remark = ("answers", "remark", scores, "--example", str(number))
    assert typed(*remark, "--tag", "harmless")["remark"]["comment"] == "Wrong."
    assert typed(*remark, "--comment", "Less wrong.")["remark"]["tags"] == ["harmless"]
    assert "keeps something or takes it back" in typed(*remark, code=1)["error"]
    assert typed(*remark, "--remove")["remark"] is None
    assert "no model" in typed("answers", "list", scores, "--model", "x", code=1)["error"]
    assert "needs an example" in typed("answers", "remark", scores, code=1)["error"]


def test_an_older_evaluation_is_waited_for_while_it_is_indexed(typed, capsys):
    old = browsed(1500, indexed=False)
    assert main(["answers", "list", old.id, "--limit", "1", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["total"] == 1500 and "being indexed" in err
    other = browsed(1500, indexed=False, name="other")
    assert typed("answers", "remark", other.id, "--example", "3", "--comment", "Odd.")["remark"]["comment"] == "Odd."
