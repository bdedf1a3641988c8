"""Real faults, one after the other: the run's page names the cause and says what to do, and the run is resumed and
ends whole, or fails cleanly with its checkpoints. A full disk is in test_disk_full.py."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from core.manifests import verify_manifest
from core.models.loading import load_tokenizer
from core.models.references import locate
from core.specs import DeathCause, JobKind, JobState, StopRequest, TrainSpec
from storage import jobs, metrics
from storage.actors import OWNER
from storage.rows import Job
from tests.core.training.runs import changed, rows_about_illnesses, save_dataset
from tests.faults.checks import assert_resumed_from, assert_whole, checkpoint_steps
from tests.faults.conftest import SAVE_STEPS, TOTAL_STEPS
from tests.faults.memory_group import MemoryGroup
from tests.faults.set_clock import Clock
from tests.studio import ROOT, processes_of, running_studio
from tests.waiting import until
from tests.workers.fleet import Fleet

pytestmark = pytest.mark.long
EARLY = SAVE_STEPS + 1


def begun(crew: Fleet, spec: TrainSpec, **inside: Callable[..., list[str]]) -> Job:
    """A run of `spec` that has published a checkpoint."""
    job = crew.enqueue(spec, JobKind.TRAIN)
    crew.supervise(**inside)
    return crew.reporting(job, EARLY)


def paused(crew: Fleet, job: Job) -> Job:
    jobs.request_stop(crew.store, OWNER, job.id, StopRequest.PAUSE)
    return crew.wait(job, lambda row: row.hold_reason)


def assert_failed_cleanly(crew: Fleet, job: Job, told: str, *words: str) -> None:
    """It failed, its page has these words, and what it had published is whole."""
    ended = crew.now(job)
    assert ended.state == JobState.FAILED and "failed" in told, crew.story(job)
    for word in (*words, ended.error_remedy):
        assert word in told, told
    for step in checkpoint_steps(job):
        verify_manifest(Path(job.output_dir) / f"checkpoint-{step}")
    assert not list(Path(job.output_dir).glob(".*.partial"))


def assert_trains_on(crew: Fleet, job: Job, spec: TrainSpec) -> None:
    """What the page says to do works: another run takes over from the newest checkpoint."""
    step = checkpoint_steps(job)[-1]
    place = {"output_dir": f"{spec.output_dir}-again", "resume_from_checkpoint": f"{job.output_dir}/checkpoint-{step}"}
    again = crew.end_of(crew.enqueue(changed(spec, **place), JobKind.TRAIN))
    assert again.state == JobState.SUCCEEDED and again.result["resumed_from"] == step, crew.story(again)


def test_a_dataset_deleted_while_the_run_is_paused(fleet, training, page, tmp_path):
    crew = fleet()
    job = begun(crew, training)
    paused(crew, job)
    shutil.move(training.dataset, tmp_path / "elsewhere")
    jobs.release(crew.store, OWNER, job.id)
    crew.end_of(job)
    words = (f"The dataset {training.dataset} does not exist; it may have been deleted or moved", "Put it back")
    assert_failed_cleanly(crew, job, page(job), *words)
    shutil.move(tmp_path / "elsewhere", training.dataset)
    assert_trains_on(crew, job, training)


def test_a_base_that_has_changed_while_the_run_is_paused(fleet, training, page, tmp_path):
    crew, base = fleet(), shutil.copytree(locate("starter").path, tmp_path / "base")
    spec = changed(training, model=str(base))
    job = begun(crew, spec)
    paused(crew, job)
    weights = load_file(base / "model.safetensors")
    save_file({name: one * 1.01 for name, one in weights.items()}, base / "model.safetensors", {"format": "pt"})
    jobs.release(crew.store, OWNER, job.id)
    crew.end_of(job)
    words = (f"The base model {base} has changed since checkpoint-", "Put back what was there")
    assert_failed_cleanly(crew, job, page(job), *words)
    save_file(weights, base / "model.safetensors", {"format": "pt"})
    assert_trains_on(crew, job, spec)


def test_a_loss_that_is_not_a_number(fleet, training, page, tiny_model, workspace):
    """From a token that occurs in a single example, whose embedding is damaged."""
    rows = rows_about_illnesses(2 * TOTAL_STEPS)
    base = shutil.copytree(tiny_model, workspace / "base")
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"tie_word_embeddings": False}))
    weights = load_file(base / "model.safetensors")
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"].clone()
    percent = load_tokenizer(locate(str(base))).convert_tokens_to_ids("<0x25>")
    weights["model.embed_tokens.weight"][percent] = float("nan")
    save_file(weights, base / "model.safetensors", {"format": "pt"})
    rows[0]["instruction"] += " %"
    dataset = save_dataset(workspace / "rare_dataset", train=rows, validation=rows[1:5])
    crew = fleet()
    spec = changed(training, model=str(base), dataset=str(dataset), save_steps=1)
    job = crew.enqueue(spec, JobKind.TRAIN)
    crew.supervise()
    crew.end_of(job)
    words = ("The loss is no longer finite (NaN or infinite) at step", "Lower the learning rate (now 0.0002)")
    assert_failed_cleanly(crew, job, page(job), *words)
    assert crew.now(job).attempt == 1, "it would be so again"


@pytest.mark.memory_group
def test_the_kernel_kills_the_run_when_memory_runs_out(fleet, training, page):
    with closing(MemoryGroup(f"tunewright-{os.getpid()}")) as group:
        crew = fleet()
        job = begun(crew, changed(training, epochs=2), inside=group.command)
        group.run_out()
        crew.wait(job, lambda row: row.attempt == 2 and row.process_id and row.stage == "Training")
        told = page(job)
        assert "the memory ran out and the kernel killed its process" in told
        assert "Use a smaller batch, a shorter sequence length or a smaller model" in told
        assert_whole(crew, job, attempts=2, steps=2 * TOTAL_STEPS)
        assert crew.causes(job) == [DeathCause.OUT_OF_MEMORY]
        assert "1 examples are computed at a time instead of 2" in page(job)
        crew.close()


@pytest.mark.parametrize("is_enough_for_one", [True, False])
def test_a_run_that_may_not_have_more_memory(fleet, training, page, workspace, is_enough_for_one):
    """The limit is what a run with the smallest batch takes, and somewhat more, or less."""
    crew = fleet()
    job = begun(crew, training)
    status = Path(f"/proc/{job.process_id}/status").read_text()
    used = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData"))
    paused(crew, job)
    rows = [row | {"output": row["output"] * 20} for row in rows_about_illnesses(68)]
    dataset = save_dataset(workspace / "long_dataset", train=rows[4:], validation=rows[:4])
    values = {"batch_size": 16, "max_seq_length": 512, "dataset": str(dataset), "epochs": 1}
    spec = changed(training, **values, output_dir=f"{training.output_dir}-large")
    limit = used + (300_000_000 if is_enough_for_one else 0)
    resource.prlimit(crew.supervisors[0].pid, resource.RLIMIT_DATA, (limit, limit))
    large = crew.enqueue(spec, JobKind.TRAIN)
    ended = crew.end_of(large)
    told = page(large)
    if is_enough_for_one:
        assert ended.state == JobState.SUCCEEDED, crew.story(large)
        assert "8 examples are computed at a time instead of 16" in told and "more accumulation avoid it" in told
    else:
        assert_failed_cleanly(crew, large, told, "emory ran out", "Lower the longest example (now 512 tokens)")


def test_a_shutdown_that_ends_every_process(fleet, training, page, workspace):
    crew = fleet()
    with running_studio(workspace) as studio:
        job = crew.enqueue(training, JobKind.TRAIN)
        crew.reporting(job, EARLY)
        for process in processes_of(workspace):
            process.send_signal(signal.SIGTERM)
        studio.process.wait()
        until(lambda: not processes_of(workspace))
    saved = checkpoint_steps(job)
    assert max(saved) == metrics.series(crew.store, OWNER, job.id)["loss"][-1][0], "each step taken is kept"
    with running_studio(workspace):
        crew.wait(job, lambda row: row.attempt == 2 and row.stage == "Training")
        told = page(job)
        assert_whole(crew, job, attempts=2)
    assert "its process was killed" in told and "find out what did: a shutdown" in told
    assert_resumed_from(crew, job, max(saved))


@pytest.mark.compiler
def test_a_clock_set_forward_and_back(fleet, training, page, tmp_path):
    """Every lease has expired an hour ago, then none for an hour: no process is ended for it."""
    clock = Clock(tmp_path)
    crew = fleet(TUNEWRIGHT_LEASE_SECONDS="5", **clock.environment)
    job = begun(crew, changed(training, epochs=2))
    clock.set_ahead(3600)
    ahead = "the clock of this machine jumped ahead by 3,600 s"
    crew.wait(job, lambda row: ahead in crew.story(row))
    clock.set_ahead(-3600)
    back = "the clock of this machine jumped back by 7,200 s"
    crew.wait(job, lambda row: back in crew.story(row))
    told = page(job)
    assert ahead in told and back in told and "Nothing to do: it was set, or the machine slept" in told
    assert_whole(crew, job, attempts=1, steps=2 * TOTAL_STEPS)
    assert "succeeded" in page(job)


LOCKING = """
import sys, time
from storage.sqlite import sound_sqlite
connection = sound_sqlite().connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(20)
connection.execute("COMMIT")
"""


def test_a_database_locked_for_twenty_seconds(fleet, training, page):
    """That is as long as a lease lasts, which nobody can renew meanwhile."""
    crew = fleet()
    job = begun(crew, training)
    database = str(crew.home / "studio.db")
    locker = subprocess.Popen([sys.executable, "-c", LOCKING, database], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert locker.stdout.readline() == "locked\n"
    assert "Training" in page(job), "the page can be read all the same"
    assert locker.wait() == 0
    assert_whole(crew, job, attempts=1)
    told = page(job)
    assert "nothing could be written to the database: another process had locked it" in told
    assert "find what else opens studio.db" in told
