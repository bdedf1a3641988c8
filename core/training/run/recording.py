"""Records what decides a run's numbers besides its settings: data, base model, versions, hardware."""

import hashlib
from pathlib import Path

import torch

from core.errors import ConflictError
from core.machine import processor_name, this_machine
from core.manifests import dataset_fingerprint, sha256_of
from core.models.folders import base_folder, tokenizer_folder
from core.models.precision import device, precision_of
from core.models.references import TRAINING_CONFIG, ModelLocation
from core.models.saving import CHAT_TEMPLATE, TOKENIZER_FILES
from core.reporting import Reporter
from core.specs import TrainSpec
from core.specs.results.run_record import Hardware, RunRecord, versions_here

_SAMPLES, _SAMPLE_BYTES = 64, 1 << 16
"""Read of each weights file: training changes every matrix, and hashing 15 GB at every start would take a minute."""


def record_of(spec: TrainSpec, location: ModelLocation) -> RunRecord:
    """The record of a run of `spec` on this machine; `location` is its base model."""
    folder = base_folder(location)
    return RunRecord(
        **spec.model_dump(),
        dataset_fingerprint=dataset_fingerprint(Path(spec.dataset)),
        model_fingerprint=_model_fingerprint(folder),
        tokenizer_fingerprint=_tokenizer_fingerprint(tokenizer_folder(location)),
        model_revision=folder.name if location.kind == "hub" else None,
        computed_in=precision_of(spec.precision, location),
        versions=versions_here(),
        hardware=_hardware(),
        device=_gpu() or "cpu",
    )


def refuse_changed_inputs(checkpoint: Path, ours: RunRecord, reporter: Reporter) -> None:
    """Raise ConflictError if the base, or the data of the same run, has changed since `checkpoint` was written.

    Other versions or hardware are reported: the run continues, but its numbers may differ from here on.
    """
    theirs = RunRecord.read(checkpoint / TRAINING_CONFIG)
    inputs = [
        ("base model", ours.model, ours.model_fingerprint, theirs.model_fingerprint),
        ("tokenizer or chat template of", ours.model, ours.tokenizer_fingerprint, theirs.tokenizer_fingerprint),
    ]
    if checkpoint.parent == Path(ours.output_dir):  # a new run may continue another's checkpoint on other data
        inputs.append(("dataset", ours.dataset, ours.dataset_fingerprint, theirs.dataset_fingerprint))
    for what, place, mine, recorded in inputs:
        if recorded and mine != recorded:
            raise ConflictError(
                f"The {what} {place} has changed since {checkpoint.name} was written, so it cannot be continued.",
                f"Put back what was there and train again from {checkpoint.name}, or start a new run.",
            )
    if differences := theirs.differences(ours):
        reporter.event(f"Before and after this resume differ: {'; '.join(differences)}. So may the last digits.")


def _model_fingerprint(folder: Path) -> str:
    parts = [(folder / "config.json").read_bytes()]
    for path in sorted(folder.glob("*.safetensors")):
        size = path.stat().st_size
        parts.append(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            for sample in range(_SAMPLES):
                file.seek(sample * size // _SAMPLES)
                parts.append(file.read(_SAMPLE_BYTES))
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _tokenizer_fingerprint(folder: Path) -> str:
    files = [path for name in sorted((*TOKENIZER_FILES, CHAT_TEMPLATE)) if (path := folder / name).is_file()]
    return hashlib.sha256("".join(f"{path.name} {sha256_of(path)}\n" for path in files).encode()).hexdigest()


def _hardware() -> Hardware:
    machine = this_machine()
    return Hardware(
        processor=processor_name(),
        threads=torch.get_num_threads(),
        memory_bytes=machine.memory_bytes,
        gpu=_gpu(),
        gpu_bytes=machine.gpu_bytes,
    )


def _gpu() -> str | None:
    return torch.cuda.get_device_name() if device().type == "cuda" else None
