"""REST: the same steps and the same error messages as on the pages."""

import pytest

from tests.studio import job_ended

SAMPLE = {"source": "sample", "domain": "education", "num_samples": 20}


@pytest.fixture(scope="module")
def client(studio):
    with studio.client() as client:
        yield client


@pytest.fixture(scope="module")
def made(client):
    """A dataset made over REST."""
    asked = client.post("/api/jobs/prepare", json=SAMPLE | {"name": "rest"})
    assert asked.status_code == 201, asked.text
    return job_ended(client, asked.json())


def test_a_dataset_is_made_listed_and_read(client, made):
    assert made["state"] == "succeeded"
    assert made["result"]["splits"] == {"train": 16, "validation": 2, "test": 2}
    listed = next(entry for entry in client.get("/api/datasets").json() if entry["job_id"] == made["id"])
    assert client.get("/api/datasets/rest").json() == listed
    examples = client.get(f"/api/datasets/{listed['id']}/examples", params={"split": "test", "limit": 5}).json()
    assert len(examples) == 2
    assert examples[0]["instruction"]


def test_the_events_of_a_job_can_be_followed(client, made):
    events = client.get(f"/api/jobs/{made['id']}/events").json()
    assert [event["message"] for event in events][0] == "asked for"
    assert [event["message"] for event in events][-1] == "succeeded"
    newer = client.get(f"/api/jobs/{made['id']}/events", params={"after": events[0]["id"]}).json()
    assert newer == events[1:]
    assert client.get(f"/api/jobs/{made['id']}/metrics").json() == {}
    assert client.get(f"/api/jobs/{made['id']}/log").status_code == 200
    assert made["id"] in [job["id"] for job in client.get("/api/jobs", params={"kind": "prepare"}).json()]
    for what in ("", "/events", "/metrics", "/log"):
        assert client.get(f"/api/jobs/nothing{what}").status_code == 404


def test_an_ended_job_cannot_be_cancelled_paused_or_resumed(client, made):
    for wish in ("cancel", "pause", "resume"):
        refused = client.post(f"/api/jobs/{made['id']}/{wish}")
        assert refused.status_code == 409
        assert made["id"] in refused.json()["error"]["message"]


def test_a_name_that_is_taken_is_refused(client, made):
    refused = client.post("/api/jobs/prepare", json=SAMPLE | {"name": "rest"})
    assert refused.status_code == 409
    assert "rest_dataset already exists" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("kind", "body", "status", "says"),
    [
        ("prepare", SAMPLE | {"num_samples": -5}, 422, "num_samples"),
        ("prepare", SAMPLE | {"domain": "astrology"}, 422, "astrology"),
        ("prepare", SAMPLE | {"name": "../x"}, 422, "../x"),
        ("prepare", SAMPLE | {"train_ratio": 0.5}, 422, "add up to 1"),
        ("prepare", {"source": "file"}, 422, "input_file"),
        ("synthesize", {}, 422, "documents"),
        ("synthesize", {"uploads": ["unknown"]}, 404, "unknown"),
        ("synthesize", {"task": "harder", "dataset": "rest", "model": "a/../b"}, 422, "not a path"),
        ("synthesize", {"task": "harder", "dataset": "rest", "endpoint": "http://127.0.0.1:1/v1"}, 422, "model"),
        ("train", {"dataset": "unknown"}, 404, "unknown"),
        ("train", {}, 422, "dataset"),
        ("evaluate", {"model": "starter", "dataset": "rest", "split": "all"}, 422, "split"),
        ("evaluate", {"models": [{"name": "A", "model": "/etc/passwd"}], "dataset": "rest"}, 422, "models.0.model"),
        ("evaluate", {"models": [{"name": "A", "model": "a/../b"}], "dataset": "rest"}, 422, "not a path"),
        ("evaluate", {"models": [{"name": "A", "api_key_env": "X_API_KEY"}], "dataset": "rest"}, 422, "api_key_env"),
        ("evaluate", {"model": "starter", "test_file": "/etc/passwd"}, 422, "test_file"),
        *(
            ("evaluate", {"model": "starter", "dataset": "rest", "embedding_model": folder}, 422, "not a path")
            for folder in ("/etc", "~/embeddings", "core")
        ),
        ("evaluate", {"model": "starter", "upload": "unknown"}, 404, "unknown"),
        ("evaluate", {"models": [{"name": "A", "model": "starter"}] * 2, "dataset": "rest"}, 422, "same name"),
        ("export", {"model": "unknown"}, 404, "unknown"),
        ("export", {"model": "starter", "types": ["q1"]}, 422, "types"),
        ("explode", {}, 404, "explode"),
    ],
)
def test_invalid_requests_are_refused_with_a_message(client, made, kind, body, status, says):
    before = client.get("/api/jobs").json()
    refused = client.post(f"/api/jobs/{kind}", json=body)
    assert refused.status_code == status, refused.text
    assert says in refused.json()["error"]["message"]
    assert client.get("/api/jobs").json() == before
    assert client.get("/health").json()["status"] == "ok"


def test_an_upload_becomes_a_dataset_or_says_why_not(client):
    good = "".join(
        f"What is number {n}?,It is the number {n} and nothing else at all in this world.\n" for n in range(12)
    )
    columns = "a,b\n1,2\n3,4\n"
    asked = {}
    for name, text in {"good": "question,answer\n" + good, "columns": columns}.items():
        upload = client.post("/api/datasets/uploads", params={"filename": f"{name}.csv"}, content=text.encode()).json()
        body = {"source": "file", "upload": upload["id"], "name": f"upload {name}"}
        if name == "good":
            body["column_map"] = {"instruction": "question", "output": "answer"}
        asked[name] = client.post("/api/jobs/prepare", json=body).json()
    ended = {name: job_ended(client, job) for name, job in asked.items()}
    assert ended["good"]["state"] == "succeeded", ended["good"]
    assert sum(ended["good"]["result"]["splits"].values()) == 12
    assert ended["columns"]["state"] == "failed"
    assert "'a', 'b'" in ended["columns"]["error_message"]
    assert ended["columns"]["error_remedy"]


def test_without_a_deployment_the_error_says_how_to_start_one(client):
    for path, body in {
        "/generate": {"prompt": "x"},
        "/v1/completions": {"prompt": "x"},
        "/v1/chat/completions": {"messages": [{"role": "user", "content": "x"}]},
        "/rerank": {"query": "x", "documents": ["y"]},
    }.items():
        refused = client.post(path, json=body)
        assert refused.status_code == 503
        assert "on the Serve page" in refused.json()["error"]["remedy"]
    assert client.get("/v1/models").json() == {"object": "list", "data": []}
    assert client.get("/v1/models/none").status_code == 404


def test_invalid_openai_requests_get_openais_status(client):
    body = {"messages": [{"role": "user", "content": "x"}], "n": 2}
    refused = client.post("/v1/chat/completions", json=body)
    assert refused.status_code == 400 and "n is not supported" in refused.json()["error"]["message"]


def test_the_documentation_lists_every_step(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/api/jobs/train", "/v1/chat/completions", "/generate", "/rerank", "/artifacts/{artifact_id}"} <= set(paths)
    page = client.get("/docs").text
    assert "swagger-ui-bundle.js" in page
    assert "cdn" not in page
