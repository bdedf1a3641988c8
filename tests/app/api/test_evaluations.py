"""The examples of an evaluation over REST: pages, remarks, datasets."""

import pytest

from tests.browsed import RARE, browsed
from tests.rest import rest

COUNT = 60


@pytest.fixture
def client(here):
    return rest()


@pytest.fixture
def place(client):
    return f"/api/evaluations/{browsed(COUNT).id}"


def test_examples_come_in_pages_with_what_to_choose_from(client, place):
    first = client.get(f"{place}/examples", params={"limit": 25}).json()
    rest_of_them = client.get(f"{place}/examples", params={"limit": 200, "offset": 25}).json()
    both = first["examples"] + rest_of_them["examples"]
    assert first["total"] == COUNT and [one["place"] for one in both] == list(range(COUNT))
    assert first["asked"]["metric"] == first["metrics"][0] == "rougeL" and first["asked"]["against"] == "Base"
    assert first["values"]["topic"] == ["joints", "skin", "eyes"] and first["values"]["tag"] == ["checked"]
    one = both[3]
    assert set(one["predictions"]) == set(one["outcomes"]) == {"Base", "Tuned", "q4_0"} and one["topic"] == "joints"


def test_they_are_searched_sorted_and_compared_word_by_word(client, place):
    [found] = client.get(f"{place}/examples", params={"search": RARE, "differences": True}).json()["examples"]
    assert found["place"] == COUNT - 1
    marked = found["differences"]["Base"]
    assert marked[-1] == ["added", RARE] or RARE in marked[-1][1]
    assert "".join(text for kind, text in marked if kind != "added").split() == found["reference"].split()
    worst = client.get(f"{place}/examples", params={"order": "loss", "metric": "f1", "outcome": "missed"}).json()
    assert worst["examples"][0]["scores"]["Tuned"]["f1"] < worst["examples"][0]["scores"]["Base"]["f1"]


@pytest.mark.parametrize(
    "asked",
    [{"order": "odd"}, {"limit": 0}, {"limit": 201}, {"offset": -1}, {"seed": -1}, {"model": "x"}, {"metric": "x"},
     {"outcome": "good"}, {"search": "x" * 501}, {"colour": "red"}, {"split": "train"},
     {"differences": True, "limit": 200}],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(client, place, asked):
    assert client.get(f"{place}/examples", params=asked).status_code == 422


def test_what_is_not_there_is_not_found(client, place):
    assert client.get("/api/evaluations/none/examples").status_code == 404
    assert client.put(f"{place}/examples/{COUNT}/remark", json={"comment": "x"}).status_code == 404
    assert client.put(f"{place}/examples/-1/remark", json={"comment": "x"}).status_code == 422
    assert client.put(f"{place}/examples/{10**30}/remark", json={"comment": "x"}).status_code == 422


def test_remarks_are_put_listed_and_taken_back(client, place):
    said = {"comment": "No such drug.", "tags": ["danger"]}
    assert client.put(f"{place}/examples/5/remark", json=said).json() == said | {"example": 5}
    assert client.get(f"{place}/remarks").json() == [said | {"example": 5}]
    [one] = client.get(f"{place}/examples", params={"tag": "danger"}).json()["examples"]
    assert one["place"] == 5 and one["remark"] == said
    assert client.put(f"{place}/examples/5/remark", json={}).json() is None
    assert client.get(f"{place}/remarks").json() == []
    assert client.put(f"{place}/examples/5/remark", json={"tags": ["a,b"]}).status_code == 422


def test_what_passes_becomes_a_dataset(client, place):
    asked = client.post(f"{place}/dataset", json={"outcome": "missed", "model": "Base", "name": "hard ones"})
    assert asked.status_code == 201, asked.text
    spec = asked.json()["spec"]
    assert spec["name"] == "hard ones" and "missed by Base" in spec["made_from"]
    assert client.post(f"{place}/dataset", json={"search": "nowhere"}).status_code == 422
    refused = client.post("/api/jobs/prepare", json={"upload": "0" * 16, "made_from": "the moon"})
    assert refused.status_code == 422
