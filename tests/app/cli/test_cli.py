"""The command line as a user sees it: real commands and workers, their output and their files."""

import json
import os
import signal

import pytest

from app.cli import main
from core.manifests import verify_manifest
from core.specs import JobState
from storage.actors import OWNER
from storage.database import open_store
from storage.jobs import list_jobs
from storage.rows import Job
from storage.settings import Settings
from tests.studio import processes_of
from tests.waiting import PATIENCE_SECONDS, until


def stands(shell) -> list[str]:
    """Every path in and around the workspace, except the database and the logs."""
    kept = (path for path in shell.folder.rglob("*") if "studio.db" not in path.name and "logs" not in path.parts)
    return sorted(str(path) for path in kept)


def test_prepare_writes_a_complete_dataset_to_the_given_folder(shell, prepared):
    folder = shell.folder / "data/processed/healthcare_dataset"
    assert prepared["path"] == str(folder)
    assert prepared["splits"] == {"train": 24, "validation": 3, "test": 3}
    assert "data_report.json" in verify_manifest(folder)["files"]


def test_a_worker_started_for_a_command_exits_when_idle(shell, prepared):
    until(lambda: not processes_of(shell.home))


def test_a_command_prints_its_result_and_shows_progress_on_stderr(shell):
    ended = shell.run("prepare", "--sample", "--domain", "legal", "--num-samples", "20", "--seed", "7")
    assert ended.returncode == 0
    assert f"Dataset: {shell.home}/datasets/legal_dataset" in ended.stdout
    assert "16 train, 2 validation, 2 test" in ended.stdout
    assert "waiting for a worker" in ended.stderr
    assert "succeeded" in ended.stderr


BAD_FILES = {
    "no.csv": (os.urandom(3000), "no.csv"),
    "columns.csv": (b"a,b\n1,2\n3,4\n", "'a', 'b'"),
    "empty.csv": (b"", "empty"),
    "one.csv": (b"instruction,output\nWhat is it?,It is one thing that nobody can ever divide into three parts.\n",
                "1 example is too few"),
}  # fmt: skip


def assert_refused(returncode: int, out: str, err: str, says: str) -> None:
    told = json.loads(out.splitlines()[-1])
    assert returncode == 1
    assert says in told["error"]
    assert told["remedy"]
    assert told["error"] in err and told["remedy"] in err
    assert "Traceback" not in err + out


def test_files_without_examples_fail_with_a_message(shell, prepared):
    for name, (content, _) in BAD_FILES.items():
        (shell.folder / name).write_bytes(content)
    before = stands(shell)
    started = {name: shell.start("prepare", "--input-file", name, "--name", name, "--json") for name in BAD_FILES}
    for name, process in started.items():
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert_refused(process.returncode, out, err, says=BAD_FILES[name][1])
    assert stands(shell) == before


def test_invalid_requests_are_refused_at_once(shell, prepared, starter_gguf, typed_here, capsys):
    whole = starter_gguf("q4_k_m").read_bytes()
    (shell.folder / "half.gguf").write_bytes(whole[: len(whole) // 2])
    sample = ["prepare", "--sample", "--num-samples"]
    cases = [
        ([*sample, "10", "--domain", "healthcare", "--name", "../evil"], "'../evil' is not a valid name"),
        ([*sample, "10", "--domain", "astrology"], "astrology"),
        ([*sample, "-5", "--domain", "healthcare"], "-5"),
        (["prepare", "--input-file", "nowhere.csv"], "nowhere.csv"),
        (["train", "--dataset-path", "nowhere"], "nowhere"),
        (["evaluate", "--model-path", "half.gguf", "--dataset-path", prepared["path"]], "half.gguf is cut short"),
        (["quantize", "--model-path", "nowhere"], "nowhere"),
        (["deploy", "--quantized-model", "half.gguf"], "half.gguf is cut short"),
        (["deploy", "--quantized-model", "nowhere.gguf"], "nowhere.gguf"),
        (["jobs", "show", "nothing"], "nothing"),
        (["jobs", "cancel"], "needs a job"),
    ]
    before = stands(shell), len(jobs_of(shell))
    for arguments, says in cases:
        returncode = main([*arguments, "--json"])
        assert_refused(returncode, *capsys.readouterr(), says=says)
    assert (stands(shell), len(jobs_of(shell))) == before


def jobs_of(shell) -> list[Job]:
    store = open_store(Settings(home=shell.home))
    try:
        return list_jobs(store, OWNER)
    finally:
        store.close()


@pytest.mark.long
def test_jobs_are_listed_shown_cancelled_and_paused(shell, prepared):
    listed = shell.json("jobs", "list")["jobs"]
    assert prepared["job"] in [job["id"] for job in listed]
    shown = shell.json("jobs", "show", prepared["job"])["job"]
    assert shown["state"] == "succeeded"
    assert shown["spec"]["num_samples"] == 30
    assert [event["message"] for event in shown["events"]][-1] == "succeeded"
    refused = shell.run("jobs", "cancel", prepared["job"])
    assert refused.returncode == 1
    assert prepared["job"] in refused.stderr


@pytest.mark.long
def test_ctrl_c_leaves_the_job_running_and_says_how_to_find_it(shell, prepared):
    started = shell.start("train", "--dataset-path", prepared["path"], "--epochs", "500", "--name", "long")
    assert started.stderr.readline() == "asked for\n"
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=PATIENCE_SECONDS)
    assert started.returncode == 130
    assert "Traceback" not in err
    job_id = err.split("python -m app jobs cancel ")[1].split()[0]
    assert shell.json("jobs", "show", job_id)["job"]["state"] in ("queued", "running")
    shell.json("jobs", "cancel", job_id)
    until(lambda: {job.id: job.state for job in jobs_of(shell)}[job_id] == JobState.CANCELLED)
