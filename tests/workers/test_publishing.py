"""Publishing holds no lock of the database: a slow disk keeps nobody else waiting."""

import os
import threading

import pytest

from core import artifacts
from core.artifacts import publish, remove_folders, staging_folder
from core.specs import BenchmarkSpec, JobKind
from storage import claims, jobs
from storage.actors import OWNER
from storage.database import open_store
from storage.settings import Settings
from workers.lease import Lease
from workers.reporter import DatabaseReporter

PATIENCE_SECONDS = 60


@pytest.fixture
def store(workspace):
    opened = open_store(Settings())
    yield opened
    opened.close()


def ask(store, name):
    spec = BenchmarkSpec(name=name, output_dir=str(store.settings.home / name), models=("starter",))
    return jobs.enqueue(store, OWNER, spec, JobKind.BENCHMARK)


@pytest.fixture
def reporter(store):
    ask(store, "one")
    job = claims.claim(store, "w", [JobKind.BENCHMARK])
    lease = Lease(store, job.id, job.attempt, "w")
    lease.attach()
    reporter = DatabaseReporter(lease)
    yield reporter
    reporter._ended.set()


def publish_one(folder, reporter):
    staged = staging_folder(folder, reporter.attempt)
    (staged / "weights").write_text("x")
    publish(staged, folder, reporter)


@pytest.mark.parametrize(("act", "slow"), [("publish", "fsync"), ("publish", "rename"), ("remove", "rename")])
def test_another_writer_is_not_blocked_by_a_slow_file_system(store, reporter, monkeypatch, slow, act):
    folder = store.settings.home / "made"
    if act == "remove":
        publish_one(folder, reporter)
    reached, go_on, real = threading.Event(), threading.Event(), getattr(os, slow)

    def stuck(*arguments):
        if threading.current_thread() is publisher or slow == "fsync":
            reached.set()
            assert go_on.wait(PATIENCE_SECONDS)
        return real(*arguments)

    work = publish_one if act == "publish" else lambda folder, reporter: remove_folders([folder], reporter)
    publisher = threading.Thread(target=work, args=(folder, reporter))
    monkeypatch.setattr(artifacts.os, slow, stuck)
    publisher.start()
    assert reached.wait(PATIENCE_SECONDS)
    impatient = open_store(Settings(), busy_seconds=1)
    ask(impatient, "two")  # raises where the write lock is held
    impatient.close()
    assert folder.exists() == (act == "remove")
    go_on.set()
    publisher.join(PATIENCE_SECONDS)
    assert folder.exists() == (act == "publish")
