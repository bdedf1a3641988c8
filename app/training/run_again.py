"""Running a training again: the same settings, data and seed as a new run, and whether the numbers can be the same."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from app.jobs.queries import job
from app.training.start_training import start_training
from core.errors import InputError
from core.machine import processor_name
from core.manifests import MANIFEST, dataset_fingerprint
from core.models.references import TRAINING_CONFIG
from core.specs import JobKind, TrainSpec
from core.specs.results.run_record import RunRecord, versions_here
from core.specs.spec import BOOKKEEPING
from storage.actors import Actor
from storage.rows import Job


def run_again(actor: Actor, run_id: str) -> Job:
    """Queue a run with every setting of another, its seed and the checkpoint it started from included.

    Raises NotFoundError if the run, its dataset or its base is gone, InputError for a job that is no run.
    """
    spec = spec_of(actor, run_id)
    return start_training(actor, **{name: value for name, value in spec if name not in BOOKKEEPING})


def spec_of(actor: Actor, run_id: str) -> TrainSpec:
    """The settings of a run, with defaults for those added since. Raises NotFoundError, InputError."""
    run = job(actor, run_id)
    if run.kind != JobKind.TRAIN:
        raise InputError(f"{run.name} is not a training run.", "Name a training.")
    return TrainSpec.model_validate(run.spec, extra="ignore")


def record_of(run: Job) -> RunRecord | None:
    """What a run recorded of itself; None before its first checkpoint, or if that is gone."""
    folder = Path(run.output_dir)
    checkpoints = sorted(folder.glob("checkpoint-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for place in (folder / "final", *checkpoints):
        try:
            return RunRecord.read(place / TRAINING_CONFIG)
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            continue
    return None


def changes_since(record: RunRecord) -> list[str]:
    """What differs today from what a run recorded, in words: its numbers may then not come out the same."""
    return list(_changes(record))


def _changes(record: RunRecord) -> Iterator[str]:
    dataset, known = Path(record.dataset), record.dataset_fingerprint
    if not dataset.is_dir():
        yield "the dataset, which is no longer there"
    elif known and (dataset / MANIFEST).is_file() and dataset_fingerprint(dataset) != known:  # else it hashes gigabytes
        yield "the dataset's examples"
    hardware = record.hardware and record.hardware.model_copy(update={"processor": processor_name()})
    today = record.model_copy(update={"versions": versions_here(), "hardware": hardware})
    yield from record.differences(today)
