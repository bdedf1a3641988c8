"""Starting a synthesis: over REST with an upload and an endpoint, from the command line with a GGUF."""

import pytest

from app.data.start_synthesizing import start_synthesizing
from app.jobs.queries import jobs
from core.errors import InputError
from storage.actors import OWNER
from tests.core.data.synthesis.scripted import Script, town
from tests.studio import job_ended


@pytest.fixture
def script():
    served = Script()
    yield served
    served.close()


@pytest.mark.long
def test_an_upload_and_an_endpoint_become_a_dataset_over_rest(studio, script):
    text = "\n\n".join(map(town, range(8)))
    with studio.client() as client:
        upload = client.post("/api/datasets/uploads", params={"filename": "towns.txt"}, content=text.encode()).json()
        body = {
            "uploads": [upload["id"]], "endpoint": script.address, "model": "vendor/model:8b", "num_samples": 12,
            "chunk_words": 60, "usd_per_million_tokens": 2,
        }  # fmt: skip
        job = job_ended(client, client.post("/api/jobs/synthesize", json=body).json())
        assert job["state"] == "succeeded", job
        assert script.asked[0]["model"] == "vendor/model:8b"
        metrics = client.get(f"/api/jobs/{job['id']}/metrics").json()
        assert metrics["accepted"][-1][1] == 12
        assert metrics["cost_usd"][-1][1] == pytest.approx(0.0002 * len(script.asked))
        listed = next(entry for entry in client.get("/api/datasets").json() if entry["job_id"] == job["id"])
        assert listed["report"]["synthesis"]["accepted"] == 12
        example = client.get(f"/api/datasets/{listed['id']}/examples", params={"limit": 1}).json()[0]
        assert example["passage"].startswith("The town of") and example["source"] == "towns.txt"


@pytest.mark.parametrize(
    ("endpoint", "says", "remedy"),
    [
        (
            "http://169.254.169.254/v1",
            "169.254.169.254 is not among the servers",
            "TUNEWRIGHT_SYNTHESIS_ENDPOINTS=http://169.254.169.254",
        ),
        ("http://me:canary@127.0.0.1:8000/v1", "contains a user or a password", "environment"),
        ("ftp://127.0.0.1/v1", "is not the address of a server", "https://"),
    ],
)
def test_a_forbidden_endpoint_is_refused_when_it_is_entered(studio, endpoint, says, remedy):
    with studio.client() as client:
        upload = client.post("/api/datasets/uploads", params={"filename": "towns.txt"}, content=town(1).encode()).json()
        before = client.get("/api/jobs").json()
        answer = client.post(
            "/api/jobs/synthesize", json={"uploads": [upload["id"]], "endpoint": endpoint, "model": "m"}
        )
        assert answer.status_code == 422
        told = answer.json()["error"]
        assert says in told["message"] and remedy in told["remedy"] and "canary" not in answer.text
        assert client.get("/api/jobs").json() == before


def test_a_variable_that_cannot_hold_a_key_is_refused_when_it_is_entered(here, tmp_path):
    (tmp_path / "towns.txt").write_text(town(1))
    with pytest.raises(InputError, match="HF_TOKEN"):
        start_synthesizing(
            OWNER,
            documents=[str(tmp_path / "towns.txt")],
            endpoint="http://127.0.0.1:1/v1",
            model="m",
            api_key_env="HF_TOKEN",
        )
    assert jobs(OWNER) == []


@pytest.mark.long
def test_a_local_gguf_writes_a_dataset_from_the_command_line(shell, prepared, starter_gguf):
    made = shell.json(
        "synthesize", "--task", "paraphrase", "--dataset-path", prepared["path"], "--num-samples", "4",
        "--model", str(starter_gguf("q4_k_m")), "--max-new-tokens", "120", "--name", "in other words",
    )  # fmt: skip
    assert made["path"] == f"{shell.home}/datasets/in_other_words_dataset"
    assert made["accepted"] == 4 and made["splits"]["train"] == prepared["splits"]["train"] + 4
    assert made["splits"]["test"] == prepared["splits"]["test"]
    assert made["tokens"] > 0 and made["stopped_by"] == "the number asked for is reached"
