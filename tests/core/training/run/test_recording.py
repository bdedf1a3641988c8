"""A run's record holds what decides its numbers; a run whose data or base has changed is not continued."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import ConflictError
from core.manifests import dataset_fingerprint
from core.models.references import TRAINING_CONFIG, locate
from core.specs import TrainSpec
from core.specs.results.run_record import RunRecord
from core.training.run.checkpoints import is_of_run, write_json
from core.training.run.recording import record_of, refuse_changed_inputs
from tests.core.training.runs import changed, rows_about_illnesses, save_dataset


@pytest.fixture
def checkpoint(spec):
    """The folder of a checkpoint that holds its record alone."""
    folder = Path(spec.output_dir) / "checkpoint-2"
    folder.mkdir(parents=True)
    write_json(folder / TRAINING_CONFIG, record_of(spec, locate(spec.model)).stored())
    return folder


def test_a_record_holds_settings_data_base_versions_and_hardware(spec, checkpoint):
    record = RunRecord.read(checkpoint / TRAINING_CONFIG)
    assert record.spec == spec
    assert record.versions["torch"] == torch.__version__ and record.versions["python"]
    assert record.hardware.threads == torch.get_num_threads() and record.hardware.memory_bytes > 1 << 28
    assert (record.device, record.computed_in, record.model_revision) == ("cpu", "float32", None)
    assert len(record.dataset_fingerprint) == len(record.model_fingerprint) == 64


def test_a_record_of_an_earlier_version_and_of_a_later_one_can_be_read(spec, checkpoint):
    earlier = spec.model_dump(mode="json") | {"versions": {"torch": "2.0"}, "device": "cpu"}
    write_json(checkpoint / TRAINING_CONFIG, earlier)
    assert is_of_run(checkpoint, spec)
    assert RunRecord.read(checkpoint / TRAINING_CONFIG).dataset_fingerprint is None
    later = earlier | {"record_version": 9, "weather": "fine", "hardware": {"processor": "x", "threads": 1,
                       "memory_bytes": 1, "fans": 2}}  # fmt: skip
    write_json(checkpoint / TRAINING_CONFIG, later)
    assert is_of_run(checkpoint, spec)
    write_json(checkpoint / TRAINING_CONFIG, earlier | {"lr_scheduler": "sawtooth"})
    assert not is_of_run(checkpoint, spec)


def test_a_moved_dataset_keeps_its_fingerprint_and_a_changed_one_does_not(spec, tmp_path):
    before = dataset_fingerprint(Path(spec.dataset))
    moved = shutil.copytree(spec.dataset, tmp_path / "moved")
    assert dataset_fingerprint(moved) == before
    rows = rows_about_illnesses(14)
    other_test = save_dataset(tmp_path / "test", train=rows[:10], validation=rows[10:], test=rows[3:5])
    assert dataset_fingerprint(other_test) == before, "no run reads the test split"
    other = save_dataset(tmp_path / "other", train=rows[:9], validation=rows[10:])
    assert dataset_fingerprint(other) != before


def test_a_run_is_not_continued_on_other_data_or_another_base(spec, checkpoint, recorder, tmp_path):
    rows = rows_about_illnesses(20)
    other_data = save_dataset(tmp_path / "other", train=rows)
    base = shutil.copytree(spec.model, tmp_path / "base")
    weights = load_file(base / "model.safetensors")
    save_file({name: weight * 1.01 for name, weight in weights.items()}, base / "model.safetensors", {"format": "pt"})
    refuse_changed_inputs(checkpoint, record_of(spec, locate(spec.model)), recorder)
    template = shutil.copytree(spec.model, tmp_path / "template") / "chat_template.jinja"
    template.write_text(f"{template.read_text()} ")
    for values, words in (
        ({"dataset": str(other_data)}, "dataset"),
        ({"model": str(base)}, "base model"),
        ({"model": str(template.parent)}, "tokenizer or chat template of"),
    ):
        ours = changed(spec, **values)
        with pytest.raises(ConflictError, match=f"The {words} .* has changed since checkpoint-2") as refused:
            refuse_changed_inputs(checkpoint, record_of(ours, locate(ours.model)), recorder)
        assert "start a new run" in refused.value.remedy
    elsewhere = changed(spec, dataset=str(other_data), output_dir=str(tmp_path / "elsewhere"))
    refuse_changed_inputs(checkpoint, record_of(elsewhere, locate(spec.model)), recorder)
    assert recorder.events == []


def test_folders_and_backups_beside_the_tokenizer_change_nothing(spec, checkpoint, recorder, tmp_path):
    base = shutil.copytree(spec.model, tmp_path / "base")
    for folder in ("tokenizer_backup", "vocab", "chat_template.old"):
        (base / folder).mkdir()
    for backup in ("tokenizer.json~", "tokenizer_config.json.bak", "chat_template.jinja.orig"):
        (base / backup).write_text("an earlier one")
    refuse_changed_inputs(checkpoint, record_of(changed(spec, model=str(base)), locate(str(base))), recorder)
    (base / "tokenizer_config.json").write_text("{}")
    with pytest.raises(ConflictError, match="The tokenizer or chat template of"):
        refuse_changed_inputs(checkpoint, record_of(changed(spec, model=str(base)), locate(str(base))), recorder)


def test_other_versions_and_hardware_are_reported_at_a_resume(spec, checkpoint, recorder):
    recorded = json.loads((checkpoint / TRAINING_CONFIG).read_text())
    recorded["versions"]["torch"], recorded["hardware"]["threads"] = "1.0", 99
    write_json(checkpoint / TRAINING_CONFIG, recorded)
    refuse_changed_inputs(checkpoint, record_of(spec, locate(spec.model)), recorder)
    [event] = recorder.events
    assert f"torch 1.0 and {torch.__version__}" in event and "threads 99 and" in event


def test_a_record_is_strict_when_written(spec):
    with pytest.raises(ValueError, match="weather"):
        RunRecord(**spec.model_dump(), weather="fine")
    assert set(TrainSpec.model_fields) < set(RunRecord.model_fields)
