"""Fixtures for the use cases: this process on its own workspace, and real commands."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.plumbing.studio import store
from storage.actors import OWNER
from storage.settings import settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def here(workspace):
    """Use cases called in this process work on this test's workspace."""
    settings.cache_clear()
    store.cache_clear()
    yield workspace
    store().close()
    settings.cache_clear()
    store.cache_clear()


@pytest.fixture
def shop(here):
    """A folder that passes for a dataset of 80 training examples."""
    folder = here / "datasets" / "shop_dataset"
    folder.mkdir(parents=True)
    (folder / "dataset_dict.json").write_text("{}")
    report = {"splits": {"train": 80, "validation": 10, "test": 120}, "verdict": {"state": "ready", "why": []}}
    (folder / "data_report.json").write_text(json.dumps(report))
    return str(folder)


@pytest.fixture
def halted(shop):
    """A run of 20 steps (2 epochs of 10) with checkpoints of the steps 5 and 10."""
    from app.training.start_training import start_training

    run = start_training(OWNER, dataset=shop, model="starter", epochs=2, batch_size=8, name="halted")
    for step in (5, 10):
        folder = Path(run.output_dir, f"checkpoint-{step}")
        folder.mkdir()
        (folder / "training_config.json").write_text(json.dumps(run.spec))
        (folder / "trainer_state.json").write_text(json.dumps({"step": step}))
    return run


@dataclass(frozen=True)
class Shell:
    """A folder to run commands in; their output goes to `home` by default."""

    folder: Path
    home: Path

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "app", *arguments],
            cwd=self.folder,
            env=os.environ | {"TUNEWRIGHT_HOME": str(self.home), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=1800)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def json(self, *arguments: str) -> dict:
        """The JSON object of a command that must succeed."""
        ended = self.run(*arguments, "--json")
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def shell(tmp_path_factory):
    """One workspace for all command-line tests; ends all its processes afterwards."""
    from tests.studio import end_processes_of

    folder = tmp_path_factory.mktemp("shell")
    yield Shell(folder, folder / "workspace")
    end_processes_of(folder / "workspace")


@pytest.fixture
def typed_here(shell, monkeypatch):
    """Commands run in this process work in the shell's folder and workspace."""
    monkeypatch.chdir(shell.folder)
    monkeypatch.setenv("TUNEWRIGHT_HOME", str(shell.home))
    settings.cache_clear()
    store.cache_clear()
    yield
    settings.cache_clear()
    store.cache_clear()


@pytest.fixture(scope="session")
def prepared(shell):
    """A dataset made by the first command, which had to start a worker."""
    return shell.json(
        "prepare", "--sample", "--domain", "healthcare", "--num-samples", "30", "--output-dir", "data/processed"
    )
