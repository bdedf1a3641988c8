"""Synthesis as a job: taken up again after a death without asking twice, and our own model server as the writer."""

import os
import signal
from pathlib import Path

import pytest

from core.data.preparing.prepare import prepare
from core.data.store.datasets import read_split
from core.reporting import Reporter
from core.specs import JobKind, JobState, PrepareSpec, SynthesizeSpec
from core.specs.deployments import DeploymentState
from tests.core.data.synthesis.scripted import Script, good, town
from tests.waiting import until
from workers.handlers import HANDLERS


@pytest.fixture
def script():
    served = Script()
    yield served
    served.close()


@pytest.fixture
def spec(workspace, script):
    documents = workspace / "towns.txt"
    documents.write_text("\n\n".join(map(town, range(8))))
    return SynthesizeSpec(
        name="towns", output_dir=str(workspace / "datasets"), documents=(str(documents),), model="scripted",
        endpoint=script.address, chunk_words=60, num_samples=24,
    )  # fmt: skip


def prompts(script) -> list[str]:
    return [body["messages"][0]["content"] for body in script.asked]


def test_a_killed_job_goes_on_after_its_last_accepted_row(fleet, spec, script, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_SYNTHESIS_API_KEY", "canary-secret-key")
    monkeypatch.setenv("TUNEWRIGHT_SYNTHESIS_ENDPOINTS", script.address)
    workers = fleet()
    stuck = []

    def answer(body):
        if len(script.asked) > 4 and not stuck:  # the child dies while it waits for the fifth answer
            stuck.append(workers.now(job).process_id)
            journal = workers.home / "datasets/.towns_dataset.synthesis/journal.jsonl"
            until(lambda: journal.read_bytes().count(b"\n") >= 4)
            os.kill(stuck[0], signal.SIGKILL)
        return good(body)

    script.answer = answer
    job = workers.enqueue(spec, JobKind.SYNTHESIZE)
    workers.supervise("--until-idle")
    ended = workers.end_of(job)
    assert ended.state == JobState.SUCCEEDED, workers.log(job)
    assert ended.attempt == 2 and stuck
    assert ended.result["accepted"] == 24 and ended.result["tokens"] == 800
    answered_before = prompts(script)[:4]
    assert not set(answered_before) & set(prompts(script)[8:])
    assert sum(ended.result["splits"].values()) == 24
    written = [path for path in workers.home.rglob("*") if path.is_file()]
    assert script.headers[0]["Authorization"] == "Bearer canary-secret-key"
    assert written and not any(b"canary" in path.read_bytes() for path in written)


@pytest.mark.long
def test_our_own_model_server_writes_what_the_schema_asks(deploy, gguf, tmp_path):
    served = deploy(gguf)
    base = prepare(
        PrepareSpec(name="base", output_dir=str(tmp_path), source="sample", domain="support", num_samples=30)
    )
    served.wait(DeploymentState.READY)
    spec = SynthesizeSpec(
        name="more", output_dir=str(tmp_path), task="paraphrase", dataset=base.path, model="starter",
        endpoint=f"{served.row.address}/v1", num_samples=5, max_new_tokens=120,
    )  # fmt: skip
    made, (artifact,) = HANDLERS[JobKind.SYNTHESIZE](spec, Reporter())
    new = [row for row in read_split(made["path"], "train") if row["tags"] == "paraphrase"]
    assert len(new) == made["accepted"] == 5 and made["tokens"] > 0
    originals = {row["output"] for row in read_split(base.path, "train")}
    assert {row["output"] for row in new} <= originals and Path(artifact.path) == Path(made["path"])
