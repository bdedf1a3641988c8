"""Runs, sweeps and the queue over REST."""

import pytest

from app.training.start_training import start_training
from storage.actors import OWNER
from tests.finished import trained
from tests.rest import rest


@pytest.fixture
def client(here):
    return rest()


def test_runs_are_found_changed_compared_deleted_and_restored(client, shop):
    first, second = (trained(shop, name, keep=keep).id for name, keep in (("a", "best"), ("b", "last")))
    changed = client.patch(f"/api/runs/{first}", json={"add_tags": ["good"], "notes": "n", "archived": True}).json()
    assert (changed["tags"], changed["notes"], bool(changed["archived_at"])) == (["good"], "n", True)
    assert [run["id"] for run in client.get("/api/runs", params={"state": "succeeded"}).json()] == [second]
    archived = client.get("/api/runs", params={"archived": True, "tag": "good", "find": "a"}).json()
    assert [run["id"] for run in archived] == [first] and client.get("/api/runs/tags").json() == {"good": 1}
    compared = client.get("/api/runs/compare", params={"run": [first, second]}).json()
    assert compared["settings"] == {"keep": ["best", "last"]} and compared["scores"]["steps"] == [160, 160]
    preview = client.delete(f"/api/runs/{first}", params={"preview": True}).json()
    gone = client.delete(f"/api/runs/{first}").json()
    assert (preview["deleted"], preview["trash_id"], gone["deleted"]) == (False, None, True)
    assert client.get("/api/runs", params={"archived": True}).json() == []
    assert [one["kind"] for one in client.get("/api/trash").json()] == ["run"]
    assert client.post(f"/api/trash/{gone['trash_id']}/restore").json()["name"] == "a"
    assert len(client.get("/api/runs", params={"archived": True}).json()) == 1 and client.get("/api/trash").json() == []
    assert client.post(f"/api/trash/{gone['trash_id']}/restore").status_code == 404
    assert client.delete(f"/api/runs/{first}", params={"for_good": True}).json()["trash_id"] is None
    for refused in (
        client.patch(f"/api/runs/{second}", json={"add_tags": ["a,b"]}),
        client.get("/api/runs", params={"state": "odd"}),
    ):  # fmt: skip
        assert refused.status_code == 422
    assert client.patch("/api/runs/nobody", json={"archived": True}).status_code == 404


def test_runs_are_cloned_and_continued(client, halted):
    again = client.post(f"/api/runs/{halted.id}/clone", json={"learning_rate": 1e-4}).json()
    assert (again["spec"]["learning_rate"], again["spec"]["epochs"]) == (1e-4, 2)
    same = client.post(f"/api/runs/{halted.id}/again").json()
    assert {field for field in same["spec"] if same["spec"][field] != halted.spec[field]} == {"name", "output_dir"}
    steps = client.get(f"/api/runs/{halted.id}/checkpoints").json()
    none = {"is_best": False, "validation_loss": None, "mean_reward": None}
    assert steps == [{"step": step} | none for step in (5, 10)]
    later = client.post(f"/api/runs/{halted.id}/continue", json={"step": 5, "settings": {"epochs": 3}}).json()
    assert later["spec"]["resume_from_checkpoint"].endswith("checkpoint-5")
    assert client.get(f"/api/runs/{halted.id}/notebook").json()["nbformat"] == 4
    assert "batch_size: 8" in client.get(f"/api/runs/{halted.id}/yaml").text
    refused = client.post(f"/api/runs/{halted.id}/continue", json={"settings": {"lora_r": 4}})
    assert refused.status_code == 422 and "lora_r" in refused.json()["error"]["message"]


def test_a_sweep_is_previewed_started_and_judged(client, shop):
    body = {"settings": {"dataset": "shop", "model": "starter"}, "vary": {"learning_rate": "1e-4, 1e-3"}}
    assert client.post("/api/sweeps", json=body).status_code == 404, "a folder is no dataset of the studio"
    made = trained(shop)
    runs = [start_training(OWNER, dataset=shop, name=name).id for name in ("x", "y")]
    assert [run["name"] for run in client.post(f"/api/jobs/{runs[1]}/move", params={"to": "up"}).json()] == ["y", "x"]
    assert [run["name"] for run in client.get("/api/jobs/queue").json()] == ["y", "x"]
    assert client.post(f"/api/jobs/{runs[0]}/discard").json()["state"] == "cancelled"
    assert client.post(f"/api/jobs/{made.id}/finish").status_code == 409
    assert client.get("/api/sweeps").json() == [] and client.get("/api/sweeps/nothing").status_code == 404
