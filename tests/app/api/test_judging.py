"""REST for judges: the prompt before anything is sent, ratings without names, agreement, refusals."""

import pytest

from tests.core.data.synthesis.scripted import Script
from tests.judged import an_evaluation, deserved, fair, worked_off
from tests.rest import rest


@pytest.fixture
def script():
    served = Script()
    served.answer = fair
    yield served
    served.close()


@pytest.fixture
def evaluation(here, shop):
    return an_evaluation(shop, str(here / "runs" / "shop"), count=12)


def started(client, evaluation, script, **values):
    from app.jobs.queries import job
    from storage.actors import OWNER

    asked = {"evaluation": evaluation.id, "model": "scripted", "endpoint": script.address} | values
    answer = client.post("/api/jobs/judge", json=asked)
    assert answer.status_code == 201, answer.text
    return worked_off(job(OWNER, answer.json()["id"]))


def test_a_judge_is_previewed_asked_rated_and_then_trusted(evaluation, script):
    client = rest()
    asked = {"evaluation": evaluation.id, "criteria": "Facts only.", "limit": 5}
    shown = client.post("/api/judging/preview", json=asked, params={"example": 2}).json()
    assert shown["calls"] == 15 and "Facts only." in shown["prompts"][0] and not script.asked
    judging = started(client, evaluation, script)
    before = client.get(f"/api/judging/{judging.id}/agreement").json()
    assert not before["trusted"] and before["rated"] == 0 and before["verdicts"]
    offered = client.get(f"/api/judging/{judging.id}/to-rate", params={"limit": 24}).json()
    assert len(offered) == 24 and set(offered[0]) == {"number", "question", "reference", "answer"}
    marks = [{"number": one["number"], "mark": deserved(one["answer"])} for one in offered]
    assert client.post(f"/api/judging/{judging.id}/ratings", json={"marks": marks}).json() == {"rated": 24}
    assert len(client.get(f"/api/judging/{judging.id}/to-rate").json()) == 12
    after = client.get(f"/api/judging/{judging.id}/agreement").json()
    assert after["trusted"] and after["agreed"] == 24 and after["kappa"]["value"] == 1
    assert after["sentence"].startswith("Trusted: it agreed with you on 24 of 24 answers")


def test_what_cannot_be_is_refused_in_words(evaluation, script):
    client = rest()
    judging = started(client, evaluation, script)
    pairs = started(client, evaluation, script, form="pairwise", limit=2)
    half = [{"number": 0, "mark": 2}, {"number": 1, "mark": 6}]
    assert client.post(f"/api/judging/{judging.id}/ratings", json={"marks": half}).status_code == 422
    assert client.post(f"/api/judging/{judging.id}/ratings", json={"marks": []}).json() == {"rated": 0}
    for path, body, status, says in (
        (f"/api/judging/{judging.id}/ratings", {"marks": [{"number": 0, "mark": 6}]}, 422, "6 is no mark"),
        (f"/api/judging/{judging.id}/ratings", {"marks": [{"number": 999, "mark": 1}]}, 404, "no answer number 999"),
        (f"/api/judging/{pairs.id}/ratings", {"marks": [{"number": 0, "mark": 1}]}, 422, "blind votes"),
        (f"/api/judging/{evaluation.id}/ratings", {"marks": []}, 404, "not a judging"),
        ("/api/judging/preview", {"evaluation": "../x"}, 422, "not a path"),
        ("/api/judging/preview", {"evaluation": "nothing"}, 404, "no job"),
        (
            "/api/jobs/judge",
            {"evaluation": evaluation.id, "model": "m", "endpoint": "http://10.0.0.1"},
            422,
            "not among",
        ),
        ("/api/jobs/judge", {"evaluation": evaluation.id, "model": "../../etc"}, 422, "should match"),
        (
            "/api/jobs/judge",
            {"evaluation": evaluation.id, "model": "m", "api_key_env": "X_API_KEY"},
            422,
            "api_key_env",
        ),
    ):
        answer = client.post(path, json=body)
        assert (answer.status_code, says in answer.text) == (status, True), (path, answer.text)
