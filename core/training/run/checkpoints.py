"""Checkpoints: everything a run needs to resume, in safetensors and JSON, published whole; the oldest are removed.

Nothing is pickled. A step's samples, learning rate and random numbers follow from its number, so a checkpoint holds
only what is trained, the optimizer's moments, and a few figures of the run. Its metrics stay with who was told them.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from pydantic import ValidationError
from torch.optim import Optimizer

from core.artifacts import publish, remove_folders, staging_folder
from core.models.references import TRAINING_CONFIG
from core.reporting import Reporter
from core.specs import TrainSpec
from core.specs.results.run_record import RunRecord
from core.training.trained.optimizers import save_optimizer
from core.training.trained.trained import Trained

OPTIMIZER = "optimizer.safetensors"
STATE = "trainer_state.json"
_NO_PART_OF_IDENTITY = {"artifact_ids", "devices", "sample_answers", "judge_api_key_env"}
"""Fields of a spec that change none of a run's numbers; several GPUs take the steps of one."""


@dataclass
class RunState:
    """A run's history up to `step` optimizer steps. Losses are means in nats per answer token; GRPO's validation loss
    is the negative mean reward.
    """

    step: int = 0
    train_tokens: int = 0
    seconds: float = 0.0
    best_step: int | None = None
    best_validation_loss: float | None = None
    first_validation_loss: float | None = None
    last_validation_loss: float | None = None
    validated_step: int | None = None
    """The last step whose validation loss is known."""
    ended_early: str | None = None
    """Why the run ends at this step, before the last one it was asked for; None while it continues."""
    batch_size: int | None = None
    """How many examples are computed at a time, once memory has run out with as many as were asked for."""
    memory_deaths: int = 0
    """How many of the reporter's deaths for lack of memory `batch_size` answers to."""
    loss_scale: float | None = None
    """What losses are multiplied with in float16."""
    elapsed_seconds: float = 0.0
    """How long the run had been training after its last step, validations and checkpoints included."""
    validations_since_best: int = 0
    """How many in a row have missed the lowest validation loss."""
    answer_seconds: float = 0.0
    answer_tokens: int = 0
    """Of the sample answers so far; the answers of a validation are generated together, so tokens count once."""
    warned: list[str] = field(default_factory=list)
    """The names of the warnings raised so far."""


def checkpoint_folder(output_dir: Path, step: int) -> Path:
    """Where the checkpoint of `step` is published."""
    return output_dir / f"checkpoint-{step}"


def is_of_run(folder: Path, spec: TrainSpec) -> bool:
    """Whether the run that `spec` asks for published `folder`, by the settings recorded in it.

    It may have been moved: only the last name of each path counts. A setting added since has its default there, so a
    default never changes what a run computes.
    """
    try:
        theirs = RunRecord.read(folder / TRAINING_CONFIG)
    except (
        FileNotFoundError,
        NotADirectoryError,
        ValidationError,
    ):  # not a run's folder, or of a version with settings unknown here
        return False
    return _identity(theirs) == _identity(spec)


def _identity(spec: TrainSpec) -> dict:
    decisive = TrainSpec.model_fields.keys() - _NO_PART_OF_IDENTITY
    return {name: _last_name(getattr(spec, name)) for name in decisive}


def _last_name(value: object) -> object:
    return Path(value).name if isinstance(value, str) and value.startswith("/") else value


def save_checkpoint(
    spec: TrainSpec, trained: Trained, optimizer: Optimizer, state: RunState, record: RunRecord, reporter: Reporter
) -> Path:
    """Publish the checkpoint of `state.step` once everything reported up to it is durable, then rotate. Returns it."""
    output_dir = Path(spec.output_dir)
    final = checkpoint_folder(output_dir, state.step)
    staged = staging_folder(final, reporter.attempt)
    trained.save(staged)
    save_optimizer(trained.model, optimizer, staged / OPTIMIZER)
    write_json(staged / STATE, asdict(state))
    write_json(staged / TRAINING_CONFIG, record.stored())
    reporter.flush()
    publish(staged, final, reporter, step=state.step)
    _rotate(output_dir, spec.save_total_limit, state.best_step, reporter)
    return final


def load_state(folder: Path) -> RunState:
    """The state in a verified checkpoint (or in `final/`). One written before a field was added has its default."""
    values = json.loads((folder / STATE).read_text(encoding="utf-8"))
    values = _from_history(values.get("log_history", []), values.get("best_step") or 0) | values
    return RunState(**{item.name: values[item.name] for item in fields(RunState) if item.name in values})


def _from_history(history: list[dict], best_step: int) -> dict:
    """What a checkpoint says that still holds all metrics reported before it, one entry a step and a validation."""
    if not history:
        return {}
    return {
        "elapsed_seconds": max(entry.get("elapsed_seconds", 0.0) for entry in history),
        "validations_since_best": sum("eval_loss" in entry and entry["step"] > best_step for entry in history),
    }


def is_patience_over(spec: TrainSpec, state: RunState) -> bool:
    """Whether the last validations, as many as early stopping waits for, all missed the lowest validation loss."""
    patience = spec.early_stopping_patience
    return patience is not None and state.validations_since_best >= patience


def write_json(path: Path, values: dict) -> None:
    """Write `values` as indented UTF-8 JSON."""
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def checkpoints(output_dir: Path) -> list[Path]:
    """Every checkpoint folder of a run, oldest step first."""
    found = [path for path in output_dir.glob("checkpoint-*") if path.name.removeprefix("checkpoint-").isdecimal()]
    return sorted(found, key=lambda path: int(path.name.removeprefix("checkpoint-")))


def _rotate(output_dir: Path, limit: int, best_step: int | None, reporter: Reporter) -> None:
    """Checkpoint rotation: keep the newest `limit` and the best."""
    excess = [folder for folder in checkpoints(output_dir)[:-limit] if folder.name != f"checkpoint-{best_step}"]
    if excess:
        remove_folders(excess, reporter)
