"""A run is run again with every setting of its own, and what has changed since is named."""

import json
from pathlib import Path

import pytest

from app.data.start_preparing import start_preparing
from app.training.run_again import changes_since, record_of, run_again
from app.training.start_training import start_training
from core.errors import InputError, NotFoundError
from core.manifests import dataset_fingerprint
from core.models.references import TRAINING_CONFIG
from core.specs.results.run_record import RunRecord, versions_here
from storage.actors import OWNER
from tests.app.working import work_off


@pytest.fixture
def dataset(here):
    return work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="rows"))


def test_every_setting_is_kept_but_name_and_folder(dataset):
    first = start_training(OWNER, model="starter", dataset="rows", seed=7, epochs=1.5, lora_targets=["q_proj"])
    again = run_again(OWNER, first.id)
    own = {"name", "output_dir"}
    assert {key: value for key, value in again.spec.items() if key not in own} == {
        key: value for key, value in first.spec.items() if key not in own
    }
    assert all(again.spec[key] != first.spec[key] for key in own)


def test_only_a_run_that_is_there_can_be_run_again(dataset):
    with pytest.raises(InputError, match="is not a training run"):
        run_again(OWNER, dataset["job_id"])
    with pytest.raises(NotFoundError):
        run_again(OWNER, "train-nothing")


def test_what_has_changed_since_is_named(dataset):
    run = start_training(OWNER, model="starter", dataset="rows")
    assert record_of(run) is None
    made = Path(run.output_dir) / "checkpoint-5"
    made.mkdir(parents=True)
    fingerprint = dataset_fingerprint(Path(dataset["path"]))
    written = RunRecord(**run.spec, dataset_fingerprint=fingerprint, versions=versions_here(), device="cpu")
    (made / TRAINING_CONFIG).write_text(json.dumps(written.stored()))
    record = record_of(run)
    assert record == written and changes_since(record) == []
    other = record.model_copy(update={"dataset_fingerprint": "0" * 64, "versions": record.versions | {"torch": "1.0"}})
    told = changes_since(other)
    assert told[0] == "the dataset's examples" and told[1].startswith("torch 1.0 and ")
