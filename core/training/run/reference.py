"""Reference log-probabilities: the base model's for a run's answers, computed once and kept in the run's folder.

DPO and KTO compare the model with its base at every step. The base never changes, so one pass over the data answers for
all epochs, whatever is trained beside or inside it; a resumed run reads the same numbers. They come from the forward
pass that is trained: in bfloat16, one that rounds elsewhere differs by tenths of a nat an answer.
"""

import hashlib
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from core.artifacts import publish, remove_folders, staging_folder
from core.errors import ConflictError, CorruptArtifactError
from core.manifests import verify_manifest
from core.models.precision import device
from core.models.references import TRAINING_CONFIG, ModelLocation
from core.reporting import Reporter, Stopped
from core.specs import Split, TrainSpec
from core.specs.results.run_record import RunRecord
from core.training.compute.fitting import free_memory
from core.training.compute.loss import answer_losses
from core.training.objectives.batches import batches_for
from core.training.objectives.pairs import Judged, Pair
from core.training.run.checkpoints import is_of_run, write_json
from core.training.trained.loading import load_trained

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

REFERENCE = "reference"
_FILE = "log_probabilities.safetensors"

Referenced = Pair | Judged


def with_reference(
    record: RunRecord,
    base: ModelLocation,
    tokenizer: "PreTrainedTokenizerBase",
    examples: dict[Split, list[Referenced]],
    reporter: Reporter,
) -> dict[Split, list[Referenced]]:
    """The examples with the base's log-probabilities of their sequences, from `reference/`, which is made if missing.

    Raises ConflictError if the folder belongs to other settings or other examples, Stopped if asked to stop.
    """
    from safetensors.torch import load_file

    folder = Path(record.output_dir) / REFERENCE
    digest = _digest(examples)
    if not _is_published(folder, record, digest, reporter):
        computed = _computed(record, base, tokenizer, examples, reporter)
        free_memory()  # of the base: the model to train is loaded next
        _publish(folder, computed, record, digest, reporter)
    found = {name: values.tolist() for name, values in load_file(folder / _FILE).items()}
    return {
        split: [replace(example, reference=tuple(row)) for example, row in zip(members, found[split], strict=True)]
        for split, members in examples.items()
    }


def _is_published(folder: Path, spec: TrainSpec, digest: str, reporter: Reporter) -> bool:
    """Whether this run has published `folder` for these examples. A corrupt one is removed."""
    if not folder.exists():
        return False
    try:
        manifest = verify_manifest(folder)
    except CorruptArtifactError as error:
        reporter.event(f"The base's log-probabilities are corrupt and are computed again: {error.message}.")
        remove_folders([folder], reporter)
        return False
    if not is_of_run(folder, spec):
        raise ConflictError(f"{folder} is of a run with other settings.", "Choose another output folder.")
    if manifest["examples"] != digest:
        raise ConflictError(
            f"{spec.dataset} has changed since this run began.", "Start a new run, or restore the dataset as it was."
        )
    return True


def _digest(examples: dict[Split, list[Referenced]]) -> str:
    """SHA-256 of all sequences, as hex."""
    digest = hashlib.sha256()
    for split, members in examples.items():
        digest.update(f"{split}{len(members)}".encode())
        for sequence in chain.from_iterable(example.sequences for example in members):
            digest.update(f"{sequence.prompt_tokens},{len(sequence.ids)};".encode() + sequence.ids.tobytes())
    return digest.hexdigest()


@torch.no_grad()
def _computed(
    spec: TrainSpec,
    base: ModelLocation,
    tokenizer: "PreTrainedTokenizerBase",
    examples: dict[Split, list[Referenced]],
    reporter: Reporter,
) -> dict[str, torch.Tensor]:
    """By split: log-probabilities (nats), float32, (examples, sequences), on the CPU."""
    reporter.progress(0, 1, "Loading the base model")
    model = load_trained(spec, base, tokenizer, None).model.eval()  # a new adapter changes nothing yet
    batched, _ = batches_for(model, spec.packing)
    found, done, total = {}, 0, sum(map(len, examples.values()))
    for split, members in examples.items():
        rows = torch.empty(len(members), 2)
        order = sorted(range(len(members)), key=lambda place: members[place].length)  # less padding
        for start in range(0, len(order), spec.batch_size):
            places = order[start : start + spec.batch_size]
            sequences = [sequence for place in places for sequence in members[place].sequences]
            losses = answer_losses(model, batched(sequences, device()))
            rows[places] = -torch.stack([one.sum() for one in losses]).view(len(places), -1).cpu()
            done += len(places)
            reporter.progress(done, total, "Scoring the answers with the base model")
            if request := reporter.stop_requested():
                raise Stopped(request)
        found[split] = rows
    return found


def _publish(folder: Path, found: dict[str, torch.Tensor], record: RunRecord, digest: str, reporter: Reporter) -> None:
    from safetensors.torch import save_file

    staged = staging_folder(folder, reporter.attempt)
    save_file(found, staged / _FILE)
    write_json(staged / TRAINING_CONFIG, record.stored())
    publish(staged, folder, reporter, examples=digest)
    reporter.event(f"The base model's log-probabilities of {sum(map(len, found.values()))} examples are kept.")
