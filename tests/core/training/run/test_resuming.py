"""Where a run resumes from; a corrupt checkpoint is never used. That it resumes exactly: tests/faults/test_exact.py."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch

from core.errors import ConflictError, CorruptArtifactError, InputError
from core.manifests import MANIFEST, write_manifest
from core.models.references import TRAINING_CONFIG
from core.training.run.checkpoints import RunState, is_patience_over, write_json
from core.training.run.resuming import starting_point
from core.training.train import train
from tests.core.training.runs import Recorder, changed, small_spec


@pytest.fixture(scope="module")
def uninterrupted(tiny_model, tmp_path_factory):
    """An uninterrupted run: its spec and what it reported."""
    spec = small_spec(tiny_model, tmp_path_factory.mktemp("uninterrupted"))
    recorder = Recorder()
    result = train(spec, recorder)
    return spec, recorder, result


@pytest.fixture
def died_at_five(spec, uninterrupted):
    """A run that died after step 5; its newest checkpoint is from step 4."""
    shutil.copytree(uninterrupted[0].output_dir, spec.output_dir)
    spec = changed(spec, merge_adapters=False)
    for name in ("final", "merged_model", "checkpoint-6"):
        shutil.rmtree(Path(spec.output_dir, name))
    for folder in Path(spec.output_dir).glob("checkpoint-*"):
        _sign_for(spec, folder)
    return spec


def _sign_for(spec, folder: Path) -> None:
    """Make `folder` a checkpoint of `spec`, as if that run had written it."""
    _record(folder, json.loads((folder / TRAINING_CONFIG).read_text()) | spec.model_dump(mode="json"))


def _record(folder: Path, config: dict) -> None:
    write_json(folder / TRAINING_CONFIG, config)
    (folder / MANIFEST).unlink()
    write_manifest(folder)


@pytest.mark.parametrize("file", ["adapter_model.safetensors", "optimizer.safetensors", "trainer_state.json", MANIFEST])
def test_a_corrupt_checkpoint_is_reported_and_the_previous_one_used(died_at_five, file):
    newest = Path(died_at_five.output_dir, "checkpoint-4")
    whole = shutil.copytree(newest, newest.parent.parent / "whole")
    size = (whole / file).stat().st_size
    for kept_bytes in (0, 1, size // 2, size - 1):
        shutil.copytree(whole, newest, dirs_exist_ok=True)
        os.truncate(newest / file, kept_bytes)
        recorder = Recorder()
        folder, state = starting_point(died_at_five, recorder)
        assert (folder.name, state.step) == ("checkpoint-3", 3)
        assert any("checkpoint-4 is corrupt" in event for event in recorder.events)
        assert not newest.exists()


def test_a_corrupt_checkpoint_is_written_again(died_at_five, uninterrupted, recorder):
    (Path(died_at_five.output_dir) / "checkpoint-4" / "optimizer.safetensors").write_bytes(b"")
    result = train(died_at_five, recorder)
    assert result.resumed_from == 3 and (Path(died_at_five.output_dir) / "checkpoint-4").exists()
    assert recorder.steps_of("loss")[6] == uninterrupted[1].steps_of("loss")[6]


def test_a_lost_best_checkpoint_is_reported_and_replaced(died_at_five, recorder):
    shutil.rmtree(Path(died_at_five.output_dir) / "checkpoint-3")
    result = train(died_at_five, recorder)
    assert any("best checkpoint so far is lost" in event for event in recorder.events)
    assert result.best_step == 6


def test_a_lost_best_step_is_not_waited_for(died_at_five, recorder):
    newest = Path(died_at_five.output_dir, "checkpoint-4")
    state = json.loads((newest / "trainer_state.json").read_text())
    write_json(newest / "trainer_state.json", state | {"validations_since_best": 5})
    _sign_for(died_at_five, newest)
    shutil.rmtree(newest.parent / "checkpoint-3")
    assert starting_point(died_at_five, recorder)[1].validations_since_best == 0


def test_only_a_dead_attempts_staging_folders_are_removed(died_at_five):
    output_dir = Path(died_at_five.output_dir)
    for name in (".checkpoint-5.job-1.partial", ".final.job-1.partial", ".ill_dataset.job-2.partial"):
        (output_dir / name).mkdir()
    train(died_at_five)
    assert [path.name for path in output_dir.glob(".*")] == [".ill_dataset.job-2.partial"]


def test_checkpoints_of_other_settings_are_not_resumed(died_at_five):
    with pytest.raises(ConflictError, match="other settings"):
        train(changed(died_at_five, learning_rate=1e-4))


def test_a_run_resumes_after_its_workspace_was_moved(died_at_five, recorder, tmp_path):
    place = tmp_path / "elsewhere" / Path(died_at_five.output_dir).name
    shutil.move(died_at_five.output_dir, place)
    moved = changed(died_at_five, output_dir=str(place), dataset=f"/elsewhere/{Path(died_at_five.dataset).name}")
    assert starting_point(moved, recorder)[0] == place / "checkpoint-4"


def test_a_run_begun_before_a_setting_was_added_resumes_after_a_move(died_at_five, recorder, tmp_path):
    for folder in Path(died_at_five.output_dir).glob("checkpoint-*"):
        config = json.loads((folder / TRAINING_CONFIG).read_text())
        _record(folder, {name: value for name, value in config.items() if name not in ("keep", "artifact_ids")})
    place = shutil.move(died_at_five.output_dir, tmp_path / "elsewhere" / Path(died_at_five.output_dir).name)
    moved = changed(died_at_five, output_dir=str(place), artifact_ids={died_at_five.dataset: "prepare-1-1"})
    assert starting_point(moved, recorder)[0] == Path(place) / "checkpoint-4"
    with pytest.raises(ConflictError, match="other settings"):
        starting_point(changed(moved, keep="last"), recorder)


def test_a_checkpoint_written_before_a_field_of_the_state_was_added_is_read(died_at_five, recorder):
    newest = Path(died_at_five.output_dir, "checkpoint-4")
    state = json.loads((newest / "trainer_state.json").read_text())
    write_json(newest / "trainer_state.json", {name: value for name, value in state.items() if name != "batch_size"})
    _sign_for(died_at_five, newest)
    folder, found = starting_point(died_at_five, recorder)
    assert folder == newest and found.batch_size is None and found.step == 4


def test_a_checkpoint_that_still_holds_the_metrics_before_it_is_read(died_at_five, recorder):
    newest = Path(died_at_five.output_dir, "checkpoint-4")
    state = json.loads((newest / "trainer_state.json").read_text())
    assert "log_history" not in state, "metrics stay with the run: a checkpoint must not grow with its steps"
    history = [{"step": step, "loss": 1.0, "elapsed_seconds": 2.0 * step} for step in range(1, 5)]
    history += [{"step": step, "eval_loss": 1.0} for step in (0, 3, 4)]
    since = {"elapsed_seconds", "validations_since_best", "answer_seconds", "answer_tokens"}
    older = {name: value for name, value in state.items() if name not in since} | {"log_history": history}
    write_json(newest / "trainer_state.json", older)
    _sign_for(died_at_five, newest)
    _, found = starting_point(died_at_five, recorder)
    assert (found.step, found.best_step, found.validations_since_best, found.elapsed_seconds) == (4, 3, 1, 8.0)


def test_early_stopping_counts_validations_since_the_best(spec):
    spec = changed(spec, early_stopping_patience=2)
    assert is_patience_over(spec, RunState(validations_since_best=2))
    assert not is_patience_over(spec, RunState(validations_since_best=1))
    assert not is_patience_over(changed(spec, early_stopping_patience=None), RunState(validations_since_best=9))


def test_a_new_run_resumes_from_another_runs_checkpoint(spec, uninterrupted, recorder, tmp_path):
    theirs, their_recorder, _ = uninterrupted
    longer = changed(
        spec, epochs=3, output_dir=str(tmp_path / "longer"), resume_from_checkpoint=f"{theirs.output_dir}/checkpoint-6"
    )
    result = train(longer, recorder)
    assert (result.resumed_from, result.steps) == (6, 9)
    assert list(recorder.steps_of("loss")) == [7, 8, 9]
    assert recorder.steps_of("eval_loss")[6] == their_recorder.steps_of("eval_loss")[6]


def test_a_checkpoint_of_another_shape_base_or_length_is_refused(spec, uninterrupted, tmp_path):
    checkpoint = Path(uninterrupted[0].output_dir) / "checkpoint-6"
    other = shutil.copytree(spec.model, tmp_path / "other")
    refusals = [
        ({"lora_r": 8}, InputError, "lora_r 4; this run asks for 8"),
        ({"model": str(other)}, InputError, "model"),
        ({}, InputError, "step 6 already"),
        ({"resume_from_checkpoint": str(checkpoint.parent / "final")}, InputError, "not a checkpoint to resume from"),
        ({"resume_from_checkpoint": str(tmp_path / "nowhere")}, InputError, "not a checkpoint to resume from"),
    ]
    for values, error, words in refusals:
        asked = {"resume_from_checkpoint": str(checkpoint), "output_dir": str(tmp_path / "mine")} | values
        with pytest.raises(error, match=words):
            train(changed(spec, **asked))


def test_a_checkpoint_with_wrong_hashes_is_never_read(spec, uninterrupted, tmp_path):
    checkpoint = shutil.copytree(Path(uninterrupted[0].output_dir) / "checkpoint-4", tmp_path / "checkpoint-4")
    state = json.loads((checkpoint / "trainer_state.json").read_text())
    (checkpoint / "trainer_state.json").write_text(json.dumps(state | {"step": 1}))
    with pytest.raises(CorruptArtifactError, match=r"trainer_state\.json"):
        train(changed(spec, resume_from_checkpoint=str(checkpoint)))


def test_a_pickle_slipped_into_a_checkpoint_is_never_opened(died_at_five, tmp_path):
    touched = tmp_path / "touched"

    class Canary:
        def __reduce__(self):
            return os.mkdir, (str(touched),)

    for folder in Path(died_at_five.output_dir).glob("checkpoint-*"):
        for name in ("adapter_model.bin", "optimizer.pt", "rng_state.pth", "scheduler.pt", "training_args.bin"):
            torch.save(Canary(), folder / name)
    train(died_at_five)
    assert not touched.exists()
