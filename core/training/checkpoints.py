"""Checkpoints: all that a run needs to go on, in safetensors and JSON, published whole, the oldest removed.

Nothing here is pickled. What a step does besides follows from its number (samples, learning rate, random numbers), so a
checkpoint holds the adapter, the optimizer's moments, and the story so far.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import torch

from core.artifacts import publish, remove_folders, staging_folder
from core.models.references import TRAINING_CONFIG
from core.reporting import Reporter
from core.specs import TrainSpec

OPTIMIZER = "optimizer.safetensors"
STATE = "trainer_state.json"


@dataclass
class RunState:
    """What a run knows about itself after `step` optimizer steps. Losses are mean nats an answer token."""

    step: int = 0
    train_tokens: int = 0
    seconds: float = 0.0
    best_step: int | None = None
    best_validation_loss: float | None = None
    first_validation_loss: float | None = None
    last_validation_loss: float | None = None
    validated_step: int | None = None
    """The last step whose validation loss is known."""
    log_history: list[dict] = field(default_factory=list)
    """One entry a step and one an evaluation, as reported."""


def checkpoint_folder(output_dir: Path, step: int) -> Path:
    return output_dir / f"checkpoint-{step}"


_NOT_IDENTITY = {"artifact_ids"}


def spec_hash(spec: TrainSpec) -> str:
    """What tells one run's checkpoints from another's, wherever they are moved: of a path only its last name counts."""
    values = {name: _last_name(value) for name, value in spec.model_dump(mode="json", exclude=_NOT_IDENTITY).items()}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def is_of_run(manifest: dict, spec: TrainSpec) -> bool:
    """Whether a folder with this manifest was published by the run that `spec` asks for.

    One begun when whole paths counted still resumes, and so does one begun before `keep` could be asked for.
    """
    later = _NOT_IDENTITY | ({"keep"} if spec.keep == "best" else set())
    earlier = hashlib.sha256(spec.model_dump_json(exclude=later).encode()).hexdigest()
    return manifest.get("spec_hash") in (spec_hash(spec), earlier)


def _last_name(value: object) -> object:
    return Path(value).name if isinstance(value, str) and value.startswith("/") else value


def save_checkpoint(spec: TrainSpec, model, optimizer, state: RunState, config: dict, reporter: Reporter) -> Path:
    """Publish `checkpoint-N` of `state.step`, once everything reported up to it is durable; remove what is too many."""
    output_dir = Path(spec.output_dir)
    final = checkpoint_folder(output_dir, state.step)
    staged = staging_folder(final, reporter.attempt)
    model.save_pretrained(staged, save_embedding_layers=False)
    (staged / "README.md").unlink()  # PEFT's empty model card
    _save_optimizer(model, optimizer, staged / OPTIMIZER)
    write_json(staged / STATE, asdict(state))
    write_json(staged / TRAINING_CONFIG, config)
    reporter.flush()
    publish(staged, final, reporter, step=state.step, spec_hash=spec_hash(spec))
    _rotate(output_dir, spec.save_total_limit, state.best_step, reporter)
    return final


def load_state(folder: Path) -> RunState:
    """The state in a verified checkpoint (or in `final/`)."""
    values = json.loads((folder / STATE).read_text(encoding="utf-8"))
    return RunState(**{item.name: values[item.name] for item in fields(RunState)})


def load_optimizer(folder: Path, model, optimizer) -> None:
    """Give the optimizer the moments of a verified checkpoint."""
    from safetensors.torch import load_file

    saved = load_file(folder / OPTIMIZER)
    for name, weight in trainable(model):
        moments = ("step", "exp_avg", "exp_avg_sq")
        optimizer.state[weight] = {moment: saved[f"{name}.{moment}"].to(weight.device) for moment in moments}


def trainable(model) -> list[tuple[str, torch.nn.Parameter]]:
    """The adapter's weights by name, in the model's order."""
    return [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]


def write_json(path: Path, values: dict) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def checkpoints(output_dir: Path) -> list[Path]:
    """Every folder that is called a checkpoint, by step, oldest first."""
    found = [path for path in output_dir.glob("checkpoint-*") if path.name.removeprefix("checkpoint-").isdecimal()]
    return sorted(found, key=lambda path: int(path.name.removeprefix("checkpoint-")))


def _save_optimizer(model, optimizer, path: Path) -> None:
    from safetensors.torch import save_file

    save_file(
        {f"{name}.{key}": value for name, weight in trainable(model) for key, value in optimizer.state[weight].items()},
        path,
    )


def _rotate(output_dir: Path, limit: int, best_step: int | None, reporter: Reporter) -> None:
    too_many = [folder for folder in checkpoints(output_dir)[:-limit] if folder.name != f"checkpoint-{best_step}"]
    if too_many:
        remove_folders(too_many, reporter)
