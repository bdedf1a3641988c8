"""Queueing jobs: validation, names, folders."""

from pathlib import Path

import pytest

from app.cli import main
from app.data.start_preparing import start_preparing
from app.evaluation.start_evaluating import start_evaluating
from app.export.start_exporting import start_exporting
from app.jobs.logs import job_log
from app.jobs.queries import job, job_events, jobs
from app.jobs.stop_and_resume import cancel_job, pause_job, resume_job
from app.training.start_training import start_training
from core.errors import ConflictError, InputError, NotFoundError, TunewrightError
from core.specs import HoldReason, JobState
from core.training.presets import PRESETS
from storage.actors import OWNER
from storage.settings import settings
from tests.app.working import work_off
from tests.framed import framed
from tests.rest import rest

ROOT = Path(__file__).resolve().parents[3]

SAMPLE = {"source": "sample", "domain": "healthcare", "num_samples": 20}


@pytest.fixture
def dataset(here):
    """A folder that passes for a dataset until it is opened."""
    folder = here / "datasets" / "mine_dataset"
    folder.mkdir(parents=True)
    (folder / "dataset_dict.json").write_text("{}")
    return str(folder)


def stands(home: Path) -> list[str]:
    return sorted(str(path) for path in home.parent.rglob("*") if "studio.db" not in path.name)


def test_a_new_job_is_queued_with_its_complete_spec(here):
    asked = start_preparing(OWNER, **SAMPLE)
    found = job(OWNER, asked.id)
    assert found.state == JobState.QUEUED
    assert found.name == "healthcare"
    assert found.spec["num_samples"] == 20
    assert found.spec["output_dir"] == str(here / "datasets")
    assert [event.message for event in job_events(OWNER, asked.id)] == ["asked for"]
    assert job_log(OWNER, asked.id) == ""


def test_unnamed_jobs_get_different_names(here, dataset):
    assert [start_preparing(OWNER, **SAMPLE).name for _ in range(3)] == ["healthcare", "healthcare-2", "healthcare-3"]
    runs = [start_training(OWNER, dataset=dataset) for _ in range(2)]
    assert [run.name for run in runs] == ["mine", "mine-2"]
    assert len({run.output_dir for run in runs}) == 2


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"name": "../evil"}, "evil"),
        ({"name": "a/b"}, "a/b"),
        ({"name": "x\0y"}, "not a valid name"),
        ({"name": "n" * 81}, "not a valid name"),
        ({"num_samples": -5}, "num_samples"),
        ({"num_samples": "many"}, "num_samples"),
        ({"domain": "astrology"}, "astrology"),
        ({"train_ratio": 0.9}, "add up to 1"),
        ({"input_file": "/no/such/file.csv"}, "/no/such/file.csv"),
        ({"upload": "../../etc/passwd"}, "passwd"),
        ({"upload": "0123456789abcdef.csv"}, "0123456789abcdef"),
        ({"exclude_dataset": "nothing-so-called"}, "nothing-so-called"),
        ({"output_dir": "x\0y"}, "not a valid folder"),
        ({"no_such_setting": 1}, "no_such_setting"),
    ],
)
def test_an_invalid_job_is_refused_with_a_message_and_leaves_nothing(here, change, names):
    assert jobs(OWNER) == []  # the workspace is made by now
    before = stands(here)
    with pytest.raises((InputError, NotFoundError), match=names) as refused:
        start_preparing(OWNER, **SAMPLE | change)
    assert refused.value.remedy
    assert jobs(OWNER) == []
    assert stands(here) == before


def test_the_starter_model_uses_its_preset_unless_overridden(here, dataset):
    plain = start_training(OWNER, dataset=dataset).spec
    assert plain["epochs"] == PRESETS["starter"]["epochs"]
    changed = start_training(OWNER, dataset=dataset, epochs=3).spec
    assert changed["epochs"] == 3
    assert changed["learning_rate"] == plain["learning_rate"]
    assert start_training(OWNER, dataset=dataset, preset="quick").spec["lora_r"] == PRESETS["quick"]["lora_r"]
    with pytest.raises(InputError, match="no preset 'slow'"):
        start_training(OWNER, dataset=dataset, preset="slow")


def test_full_fine_tuning_and_early_stopping_override_what_a_preset_assumes(here, dataset):
    full = start_training(OWNER, dataset=dataset, tuning="full", early_stopping_patience=3).spec
    assert (full["load_in_4bit"], full["keep"]) == (False, "best")
    assert start_training(OWNER, dataset=dataset, load_in_8bit=True).spec["load_in_4bit"] is False


def test_settings_for_a_gpu_are_refused_before_a_job_is_queued(here, dataset):
    with pytest.raises(InputError, match="use_liger: Liger's kernels run on a GPU"):
        start_training(OWNER, dataset=dataset, use_liger=True)
    assert jobs(OWNER) == []


@pytest.mark.parametrize("model", ["/no/such/folder", "none", "", "x\0y", "../no-such-model"])
def test_a_missing_model_is_refused(here, dataset, model):
    for start in (start_evaluating, start_exporting):
        with pytest.raises((InputError, NotFoundError)):
            start(OWNER, model=model, **({"dataset": dataset} if start == start_evaluating else {}))
    assert jobs(OWNER) == []


def test_a_folder_without_a_dataset_is_refused(here, tmp_path):
    for reference in (str(tmp_path), str(tmp_path / "nowhere"), "unknown", "", None):
        with pytest.raises((InputError, NotFoundError)):
            start_training(OWNER, dataset=reference)


def test_an_existing_output_is_refused(here, dataset, tmp_path):
    run = tmp_path / "run"
    (run / "checkpoint-5").mkdir(parents=True)
    with pytest.raises(ConflictError, match="checkpoint-5"):
        start_training(OWNER, dataset=dataset, output_dir=str(run))
    with pytest.raises(ConflictError, match="mine_dataset"):
        start_preparing(OWNER, **SAMPLE, name="mine")
    (run / "model-q8_0.gguf").touch()
    with pytest.raises(ConflictError, match="model-q8_0"):
        start_exporting(OWNER, model="starter", types=["f16", "q8_0"], output_dir=str(run))
    with pytest.raises(InputError, match="is a file"):
        start_exporting(OWNER, model="starter", output_dir=str(run / "model-q8_0.gguf"))


def test_two_jobs_never_write_to_the_same_folder(here, dataset, tmp_path):
    first = start_training(OWNER, dataset=dataset, output_dir=str(tmp_path / "run"))
    with pytest.raises(ConflictError, match=first.id):
        start_training(OWNER, dataset=dataset, output_dir=str(tmp_path / "run"))
    cancel_job(OWNER, first.id)
    assert start_training(OWNER, dataset=dataset, output_dir=str(tmp_path / "run")).name == "run"


def test_a_queued_job_is_paused_resumed_and_cancelled(here):
    asked = start_preparing(OWNER, **SAMPLE)
    assert pause_job(OWNER, asked.id).hold_reason == HoldReason.PERSON
    assert resume_job(OWNER, asked.id).hold_reason is None
    assert cancel_job(OWNER, asked.id).state == JobState.CANCELLED
    for steer in (pause_job, resume_job, cancel_job):
        with pytest.raises(ConflictError):
            steer(OWNER, asked.id)
        with pytest.raises(NotFoundError):
            steer(OWNER, "no-such-job")


def test_what_a_paused_evaluation_answered_goes_when_it_is_cancelled(here, dataset, tmp_path):
    asked = start_evaluating(OWNER, model="starter", dataset=dataset, output_dir=str(tmp_path / "scores"))
    answers = tmp_path / "scores" / ".answers"
    answers.mkdir(parents=True)
    (answers / "some.jsonl").write_text("[]\n")
    pause_job(OWNER, asked.id)
    assert answers.exists()
    cancel_job(OWNER, asked.id)
    assert not (tmp_path / "scores").exists()


def test_the_end_of_a_log_is_read_without_the_rest(here):
    asked = start_preparing(OWNER, **SAMPLE)
    Path(asked.log_path).parent.mkdir(exist_ok=True)
    Path(asked.log_path).write_text("x" * 100_000 + "the end")
    assert job_log(OWNER, asked.id, tail_bytes=7) == "the end"


def test_a_job_beyond_the_limit_gets_the_same_error_everywhere_and_leaves_no_folder(here, monkeypatch, capsys):
    monkeypatch.setenv("TUNEWRIGHT_QUEUED_JOBS_LIMIT", "1")
    settings.cache_clear()
    start_preparing(OWNER, name="first", **SAMPLE)
    answer = rest().post("/api/jobs/export", json={"model": "starter"})
    assert answer.status_code == 429
    assert "TUNEWRIGHT_QUEUED_JOBS_LIMIT" in answer.json()["error"]["remedy"]
    with pytest.raises(TunewrightError, match="1 jobs are already waiting") as refused:
        start_exporting(OWNER, model="starter")
    assert not (here / "exports").exists()
    assert answer.json()["error"]["message"] == refused.value.message
    assert main(["quantize", "--model-path", "starter"]) == 1
    assert refused.value.message in capsys.readouterr().err
    page = framed("export")
    next(button for button in page.button if "GGUF" in button.label or "xport" in button.label).click().run()
    assert any(refused.value.message in error.value.replace("\\", "") for error in page.error)


def test_a_spec_carries_the_artifact_ids_of_what_it_names(here, dataset):
    made = work_off(start_preparing(OWNER, **SAMPLE, name="care"))
    spec = start_training(OWNER, dataset="care").spec
    assert spec["artifact_ids"] == {made["path"]: made["id"]}
    assert start_training(OWNER, dataset=dataset).spec["artifact_ids"] == {}  # nothing the studio made
