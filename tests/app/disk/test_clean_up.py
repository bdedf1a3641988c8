"""Cleaning up offers what is old but not what is needed; removed things can be restored where they cannot be
downloaded again."""

import os
import time

import pytest

from app.disk import clean_up as cleaning
from app.disk.trash import deleted, undo
from app.plumbing.studio import store
from core.errors import ConflictError
from core.models import catalogue
from core.specs import ArtifactKind, JobKind, TrainSpec
from core.specs.deployments import Purpose
from storage.actors import OWNER
from storage.claims import claim
from storage.deployments import create_deployment
from storage.jobs import enqueue
from tests.app.working import pretend


def run(here, name: str = "care"):
    folder = here / "runs" / name
    spec = TrainSpec(name=name, output_dir=str(folder), dataset="/elsewhere")
    done = pretend(JobKind.TRAIN, spec, ArtifactKind.ADAPTER, folder / "final")
    for step in (5, 10):
        (folder / f"checkpoint-{step}").mkdir()
        (folder / f"checkpoint-{step}" / "weights").write_bytes(bytes(1000))
    return done, folder


def test_checkpoints_of_succeeded_runs_are_removed_and_restored(here):
    done, folder = run(here)
    going = here / "runs" / "going"
    enqueue(store(), OWNER, TrainSpec(name="going", output_dir=str(going), dataset="/elsewhere"), JobKind.TRAIN)
    claim(store(), "here", [JobKind.TRAIN])
    (going / "checkpoint-5").mkdir(parents=True)
    assert cleaning.old_checkpoints(OWNER) == [cleaning.Removable(done.id, "care", 2000)]
    cleaning.remove_checkpoints(OWNER, [done.id])
    assert [path.name for path in folder.iterdir()] == ["final"] and (going / "checkpoint-5").exists()
    assert cleaning.old_checkpoints(OWNER) == []
    [thrown] = deleted(OWNER)
    assert (thrown.kind, thrown.name, thrown.size_bytes) == ("checkpoints", "care", 2000)
    undo(OWNER, thrown.id)
    assert len(cleaning.old_checkpoints(OWNER)) == 1
    cleaning.remove_checkpoints(OWNER, [done.id, "of-another-tab"])
    cleaning.remove_checkpoints(OWNER, [done.id])  # the other tab was later
    assert len(deleted(OWNER)) == 1


def test_checkpoints_that_are_resumed_from_or_served_stay(here):
    done, folder = run(here)
    create_deployment(store(), OWNER, name="served", purpose=Purpose.SERVE, model=str(folder / "checkpoint-5"))
    assert cleaning.old_checkpoints(OWNER)[0].frees_bytes == 1000
    on = TrainSpec(name="on", output_dir="/on", dataset="/d", resume_from_checkpoint=str(folder / "checkpoint-10"))
    enqueue(store(), OWNER, on, JobKind.TRAIN)
    with pytest.raises(ConflictError, match="needed by"):
        cleaning.remove_checkpoints(OWNER, [done.id])
    assert (folder / "checkpoint-10").exists()


def test_logs_of_ended_jobs_are_removed_after_a_month_and_restored(here):
    old, _ = run(here, "old")
    new, _ = run(here, "new")
    waiting = enqueue(store(), OWNER, TrainSpec(name="waits", output_dir="/w", dataset="/elsewhere"), JobKind.TRAIN)
    month_ago = time.time() - cleaning.OLD_LOG_SECONDS - 60
    (here / "logs").mkdir(exist_ok=True)
    for name, age in ((old.id, month_ago), (new.id, time.time()), (waiting.id, month_ago), ("supervisor", month_ago)):
        (here / "logs" / f"{name}.log").write_text("it went\n")
        os.utime(here / "logs" / f"{name}.log", (age, age))
    [found] = cleaning.old_logs(OWNER)
    assert (found.name, found.frees_bytes) == ("train old", 8)
    cleaning.remove_logs(OWNER, [found.reference])
    assert cleaning.old_logs(OWNER) == [] and len(list((here / "logs").glob("*.log"))) == 3
    undo(OWNER, deleted(OWNER)[0].id)
    assert cleaning.old_logs(OWNER) == [found]


def test_unused_base_models_are_deleted_for_good(here, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(catalogue, "_INSTALLED", tmp_path / "installed")
    monkeypatch.delenv("TUNEWRIGHT_DEFAULT_MODEL", raising=False)
    cached = {name: catalogue.find_in_catalogue(name) for name in ("smollm2-360m", "qwen3-0.6b", "qwen3-1.7b")}
    for model in cached.values():
        snapshot = model.fetched_to / "snapshots" / model.revision
        snapshot.mkdir(parents=True)
        (model.fetched_to / "blobs").mkdir()
        (model.fetched_to / "blobs" / "weights").write_bytes(bytes(700))
        (snapshot / "model.safetensors").symlink_to(model.fetched_to / "blobs" / "weights")
        (snapshot / "config.json").write_text("{}")
    spec = TrainSpec(name="tuned", output_dir=str(here / "tuned"), dataset="/d", model="Qwen/Qwen3-0.6B")
    enqueue(store(), OWNER, spec, JobKind.TRAIN)
    create_deployment(store(), OWNER, name="s", purpose=Purpose.SERVE, model="qwen3-1.7b")
    assert cleaning.unused_bases(OWNER) == [cleaning.Removable("smollm2-360m", "SmolLM2-360M-Instruct", 700)]
    cleaning.remove_bases(OWNER, ["smollm2-360m", "qwen3-0.6b"])
    assert not cached["smollm2-360m"].is_here and cached["qwen3-0.6b"].is_here
    assert cleaning.unused_bases(OWNER) == [] and deleted(OWNER) == []
