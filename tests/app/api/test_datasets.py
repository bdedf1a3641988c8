"""REST for datasets: rows, versions, downloads, deletion, and their errors."""

import json
import socket

import pytest

from tests.studio import job_ended
from tests.waiting import PATIENCE_SECONDS, until

SAMPLE = {"source": "sample", "domain": "education", "num_samples": 20, "name": "shelf"}


@pytest.fixture(scope="module")
def client(studio):
    with studio.client() as client:
        yield client


@pytest.fixture(scope="module")
def shelf(client):
    """Two versions of a dataset: in the second, one row is tagged, one moved and one dropped."""
    finished(client, client.post("/api/jobs/prepare", json=SAMPLE))
    changes = [{"kind": "tag", "rows": [3], "tag": "seen"}, {"kind": "drop", "rows": [4]}]
    changes.append({"kind": "move", "rows": [5], "split": "validation"})
    finished(client, client.post("/api/datasets/shelf/revise", json={"changes": changes}))
    return client.get("/api/datasets/shelf").json()


def finished(client, answer) -> dict:
    assert answer.status_code == 201, answer.text
    job = job_ended(client, answer.json())
    assert job["state"] == "succeeded", job
    return job


def rows(client, **query) -> list[int]:
    answer = client.get("/api/datasets/shelf/table", params=query)
    assert answer.status_code == 200, answer.text
    return [row["row"] for row in answer.json()["rows"]]


def test_rows_are_searched_filtered_and_sorted(client, shelf):
    assert (shelf["name"], shelf["version"]) == ("shelf@2", 2)
    page = client.get("/api/datasets/shelf/table", params={"limit": 5}).json()
    assert (page["total"], len(page["rows"])) == (19, 5)
    assert "instruction" in page["columns"]
    assert rows(client, tag="seen") == [3]
    assert rows(client, rows=[7, 8, 4], sort="row", descending=True) == [8, 7]
    assert rows(client, search="no such words") == []
    assert 5 in rows(client, split="validation")
    assert len(rows(client, split="test")) == shelf["report"]["splits"]["test"]
    assert rows(client, min_length=100_000) == []
    assert len(client.get("/api/datasets/shelf@1/table").json()["rows"]) == 20


def test_versions_are_listed_compared_and_restored(client, shelf):
    assert [one["version"] for one in client.get("/api/datasets/shelf/versions").json()][:2] == [1, 2]
    found = client.get("/api/datasets/shelf@1/compare", params={"to": "shelf@2"}).json()
    assert {kind: one["count"] for kind, one in found.items()} == {"added": 0, "dropped": 1, "changed": 1, "moved": 1}
    assert found["dropped"]["rows"][0]["row"] == 4
    finished(client, client.post("/api/datasets/shelf/restore", json={"version": 1}))
    found = client.get("/api/datasets/shelf@1/compare", params={"to": "shelf@3"}).json()
    assert not any(one["count"] for one in found.values())
    assert client.delete("/api/datasets/shelf@3").status_code == 204
    assert client.get("/api/datasets/shelf@3").status_code == 404


def test_an_interrupted_download_can_be_resumed(client, shelf):
    where = "/api/datasets/shelf/export"
    whole = client.get(where, params={"format": "jsonl"})
    assert whole.status_code == 200
    assert 'filename="shelf-version-2.jsonl"' in whole.headers["content-disposition"]
    assert {json.loads(line)["row"] for line in whole.text.splitlines()} == set(range(1, 21)) - {4}
    rest = client.get(where, params={"format": "jsonl"}, headers={"Range": "bytes=100-"})
    assert (rest.status_code, rest.content) == (206, whole.content[100:])
    assert client.head(where, params={"format": "csv"}).headers["accept-ranges"] == "bytes"
    many = client.get(where, params={"format": "jsonl"}, headers={"Range": "bytes=" + ",".join(["0-1"] * 10_000)})
    assert many.status_code in (400, 422, 431)


def test_rewards_are_tried_on_right_and_wrong_answers(client, shelf):
    asked = {"rewards": ["answer_equals", "ends"], "reward_weights": [1, 0.5], "questions": 2}
    scored = client.post("/api/datasets/shelf/rewards", json=asked).json()
    earned = {one["kind"]: one["reward"] for one in scored}
    assert earned == {"reference": 1.5, "of another question": 0.5, "cut in half": 0.0, "empty": 0.5}
    assert len({one["question"] for one in scored}) == 2


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("get", "shelf/table?sort=nothing", None, 422, "nothing"),
        ("get", "shelf/table?limit=100000", None, 422, "limit"),
        ("get", "shelf/table?password=x", None, 422, "password"),
        ("get", "nowhere/table", None, 404, "nowhere"),
        ("get", "shelf/compare?to=nowhere", None, 404, "nowhere"),
        ("get", "shelf/export?format=exe", None, 422, "format"),
        ("get", "shelf@2@2/versions", None, 422, "not a path"),
        ("post", "shelf/revise", {"changes": [{"kind": "burn"}]}, 422, "changes"),
        ("post", "shelf/revise", {"output_dir": "/tmp"}, 422, "output_dir"),
        ("post", "shelf/rewards", {}, 422, "rewards: name at least one"),
        ("post", "shelf/rewards", {"rewards": ["pattern"], "reward_pattern": "(a"}, 422, "reward_pattern"),
        ("post", "shelf/rewards", {"rewards": ["ends"], "judge_api_key_env": "HOME"}, 422, "judge_api_key_env"),
        ("post", "shelf/restore", {"version": 99}, 404, "no version 99"),
        ("delete", "nowhere", None, 404, "nowhere"),
        ("delete", "..%5cetc", None, 422, "not a path"),
    ],
)
def test_invalid_dataset_requests_are_refused_with_a_message(client, shelf, method, path, body, status, says):
    refused = client.request(method, f"/api/datasets/{path}", json=body)
    assert refused.status_code == status, refused.text
    assert says in refused.json()["error"]["message"]


def test_a_dataset_needed_by_a_job_is_not_deleted(client, shelf):
    job = client.post("/api/jobs/train", json={"dataset": "shelf@1", "epochs": 50}).json()
    refused = client.delete("/api/datasets/shelf@1")
    assert refused.status_code == 409
    assert job["id"] in refused.json()["error"]["message"]
    client.post(f"/api/jobs/{job['id']}/cancel")
    assert client.get("/api/datasets/shelf@1").status_code == 200


def uploads_in(home) -> list[str]:
    return sorted(path.name for path in (home / "uploads").glob("*"))


@pytest.mark.parametrize("announced", [True, False])
def test_an_interrupted_upload_leaves_nothing(client, studio, announced):
    length = "Content-Length: 4000000" if announced else "Transfer-Encoding: chunked"
    piece = b"a,b\n" * 500_000
    head = f"POST /api/datasets/uploads?filename=x.csv HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\n{length}\r\n\r\n"
    before = uploads_in(studio.home)
    with socket.create_connection(("127.0.0.1", studio.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(head.encode() + (b"" if announced else b"%x\r\n" % len(piece)) + piece)
        until(lambda: any(name.endswith(".partial") for name in uploads_in(studio.home)))
    until(lambda: uploads_in(studio.home) == before)
    assert client.get("/health").json()["status"] == "ok"
