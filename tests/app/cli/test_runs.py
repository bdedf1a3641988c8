"""`runs`, `sweep` and the queue of `jobs`, in this process and without a worker."""

import json

import pytest

from app.cli import main
from app.jobs.queries import job
from app.training.start_training import start_training
from core.specs import JobState
from storage.actors import OWNER
from tests.finished import rewarded, trained


@pytest.fixture
def typed(here, capsys, monkeypatch):
    """`typed("runs", "list")`: the JSON object of a command that must succeed; nothing is followed."""
    for module in ("app.cli.commands.follow", "app.cli.runs.follow", "app.cli.sweeps.follow"):
        monkeypatch.setattr(module, lambda started: {})
    monkeypatch.setattr("app.cli.sweeps.ensure_supervisor", lambda **how: None)

    def run(*arguments: str, code: int = 0) -> dict:
        assert main([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return run


def test_runs_are_listed_tagged_archived_deleted_and_restored(typed, shop, capsys):
    run = trained(shop)
    assert typed("runs", "tag", run.id, "--tag", "good", "old")["runs"][0]["tags"] == ["good", "old"]
    typed("runs", "note", run.id, "--text", "rates too high")
    found = typed("runs", "list", "--find", "rates", "--tag", "good", "--state", "succeeded")
    assert [(one["id"], one["validation_loss"]) for one in found["runs"]] == [(run.id, 2.8)]
    assert main(["runs", "list"]) == 0
    assert "succeeded          2.80  shop  [good, old]" in capsys.readouterr().out
    typed("runs", "archive", run.id)
    assert typed("runs", "list")["runs"] == [] and len(typed("runs", "list", "--archived")["runs"]) == 1
    assert typed("runs", "delete", run.id)["deletion"]["deleted"] is False
    (thrown,) = typed("runs", "delete", run.id, "--yes")["deletion"]["trash"]
    assert [one["name"] for one in typed("runs", "deleted")["trash"]] == ["shop"]
    assert typed("runs", "restore", thrown)["trash"][0]["id"] == thrown
    assert main(["runs", "delete", run.id, "--yes"]) == 0
    assert "python -m app runs restore" in capsys.readouterr().out
    assert "no longer in the trash" in typed("runs", "restore", thrown, code=1)["error"]
    assert "needs an id" in typed("runs", "tag", code=1)["error"]


def test_the_settings_that_differ_are_compared(typed, shop, capsys):
    ids = [trained(shop, name, keep=keep).id for name, keep in (("a", "best"), ("b", "last"))]
    found = typed("runs", "compare", *ids)
    assert found["compared"] == ["a", "b"] and found["settings"] == {"keep": ["best", "last"]}
    assert main(["runs", "compare", *ids]) == 0
    assert "best validation loss" in capsys.readouterr().out


def test_rewards_are_listed_as_rewards(typed, shop, capsys):
    run = rewarded(shop)
    [listed] = typed("runs", "list")["runs"]
    assert (listed["validation_loss"], listed["mean_reward"]) == (None, 0.5)
    assert main(["runs", "list"]) == 0 and "reward 0.500  shop" in capsys.readouterr().out
    assert main(["runs", "checkpoints", run.id]) == 0
    assert "reward 0.500" in (told := capsys.readouterr().out) and "checkpoint-80  best" in told


def test_a_run_is_repeated_and_continued_with_changed_settings(typed, halted):
    again = typed("runs", "clone", halted.id, "--set", "learning-rate=1.0e-4", "lora_r=8")
    assert [job(OWNER, again["job"]).spec[name] for name in ("learning_rate", "lora_r")] == [1e-4, 8]
    assert [one["step"] for one in typed("runs", "checkpoints", halted.id)["checkpoints"]] == [5, 10]
    later = typed("runs", "continue", halted.id, "--step", "5", "--set", "epochs=3")
    assert job(OWNER, later["job"]).spec["resume_from_checkpoint"].endswith("checkpoint-5")
    assert (
        "nonsense is not a training setting"
        in typed("runs", "clone", halted.id, "--set", "nonsense=1", code=1)["error"]
    )


def test_a_sweep_takes_the_flags_of_train_and_tells_its_size_first(typed, shop, capsys):
    flags = ["--model-name", "starter", "--dataset-path", shop, "--epochs", "1"]
    vary = ["--vary", "learning-rate=1e-4,3e-4", "lora_r=8,16"]
    assert typed("sweep", *flags, *vary, "--preview") == {"runs": 4, "seconds": None}
    made = typed("sweep", *flags, *vary, "--name", "rates", "--no-wait")
    assert [(run["name"], *run["varied"].values()) for run in made["runs_of_sweep"]] == [
        ("rates 1", 1e-4, 8), ("rates 2", 1e-4, 16), ("rates 3", 3e-4, 8), ("rates 4", 3e-4, 16),
    ]  # fmt: skip
    assert typed("runs", "sweeps")["sweeps"][0]["runs"] == 4
    assert typed("runs", "sweep", made["sweep"])["best"] is None
    assert typed("runs", "list", "--sweep", made["sweep"])["count"] == 4
    refused = typed("sweep", *flags, "--vary", "learning_rate=1e-5..1e-3", code=1)
    assert "say how many runs to draw" in refused["error"]
    drawn = typed("sweep", *flags, "--vary", "learning_rate=1e-5..1e-3", "--random", "3", "--preview")
    assert drawn["runs"] == 3
    assert main(["sweep", *flags, *vary, "--preview"]) == 0
    assert "4 runs, no forecast yet" in capsys.readouterr().out
    assert "needs settings to vary" in typed("sweep", *flags, code=1)["error"]


def test_a_sweep_is_read_from_a_file_that_flags_override(typed, shop, tmp_path):
    file = tmp_path / "rates.yaml"
    listed = "{lora-r: [8, 16], keep: best, load_in_4bit: [true, false]}"
    file.write_text(f"dataset: {shop}\nmodel: starter\nvary: {listed}\n")
    varied = [run["varied"] for run in typed("sweep", "--config", str(file), "--no-wait")["runs_of_sweep"]]
    ways = [(rank, bits) for rank in (8, 16) for bits in (True, False)]
    assert varied == [{"lora_r": rank, "keep": "best", "load_in_4bit": bits} for rank, bits in ways]
    assert typed("sweep", "--config", str(file), "--vary", "seed=1,2,3", "--preview")["runs"] == 3
    file.write_text(f"dataset: {shop}\nvary: {{lora_r: [0]}}\n")
    assert "lora_r" in typed("sweep", "--config", str(file), code=1)["error"]


def test_the_queue_is_listed_and_ordered(typed, shop):
    runs = [start_training(OWNER, dataset=shop, name=name).id for name in ("a", "b", "c")]
    assert [one["name"] for one in typed("jobs", "move", runs[2], "--to", "first")["jobs"]] == ["c", "a", "b"]
    assert [one["name"] for one in typed("jobs", "queue")["jobs"]] == ["c", "a", "b"]
    assert "needs a place" in typed("jobs", "move", runs[0], code=1)["error"]
    assert typed("jobs", "discard", runs[0])["job"]["state"] == JobState.CANCELLED
    assert "nothing to keep" in typed("jobs", "finish", runs[1], code=1)["error"]


@pytest.mark.long
def test_a_reader_that_has_read_enough_is_no_error(shell):
    process = shell.start("jobs", "list")
    process.stdout.close()
    assert (process.wait(), process.stderr.read()) == (0, "")
