"""Starting from an earlier run: with its settings (a clone), or from one of its checkpoints with changed ones."""

from dataclasses import dataclass
from pathlib import Path

from app.data.reports import read_json, training_examples
from app.jobs.queries import job_metrics
from app.training.run_again import spec_of
from app.training.start_training import complete_settings, start_training
from app.wording.validation import validation_measure
from core.errors import InputError, NotFoundError
from core.specs.spec import BOOKKEEPING
from core.specs.train import KEPT_WHEN_CONTINUING, steps_of
from storage.actors import Actor
from storage.rows import Job

_STATE = "trainer_state.json"


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that a run has left. What was measured there: the validation loss or, with GRPO, the mean reward."""

    step: int
    path: str
    is_best: bool
    """Whether it validated better than any other step."""
    validation_loss: float | None
    mean_reward: float | None


def settings_of(actor: Actor, run_id: str) -> dict:
    """The settings of a run as a new one can be given them: fields of TrainSpec. Raises NotFoundError, InputError."""
    left = BOOKKEEPING | {"resume_from_checkpoint"}
    return {name: value for name, value in spec_of(actor, run_id) if name not in left}


def checkpoints_of(actor: Actor, run_id: str) -> list[Checkpoint]:
    """The checkpoints of a run that are still there, the first step first. Raises NotFoundError, InputError."""
    spec = spec_of(actor, run_id)
    measure = validation_measure(dict(spec))
    measured = dict(job_metrics(actor, run_id, names=["eval_loss"])["eval_loss"])
    best = min((step for step, loss in measured.items() if step and loss is not None), key=measured.get, default=None)
    folders = Path(spec.output_dir).glob("checkpoint-*")  # published by rename, so each one found is complete
    steps = {int(name): path for path in folders if (name := path.name.removeprefix("checkpoint-")).isdecimal()}
    return [
        Checkpoint(step, str(steps[step]), step == best, **measure.fields(measured.get(step))) for step in sorted(steps)
    ]


def clone_run(actor: Actor, run_id: str, **changed) -> Job:
    """Queue a run with the settings of another, except those `changed`."""
    return start_training(actor, **(settings_of(actor, run_id) | changed))


def continue_run(actor: Actor, run_id: str, step: int | None = None, **changed) -> Job:
    """Queue a run that starts at a checkpoint of another (the last one if no step is named), with changed settings.

    Raises NotFoundError for a checkpoint that is not there, InputError for settings that do not fit it.
    """
    found = checkpoints_of(actor, run_id)
    chosen = next((one for one in reversed(found) if step in (None, one.step)), None)
    if chosen is None:
        there = ", ".join(f"{one.step:,}" for one in found)
        raise NotFoundError(
            f"{run_id} has no checkpoint{f' of step {step:,}' if step is not None else ''}.",
            f"There are those of the steps {there}." if there else "Clone the run to train from the start.",
        )
    values = settings_of(actor, run_id) | changed | {"resume_from_checkpoint": chosen.path}
    why_not = why_not_from(chosen.path, complete_settings(actor, None, values))
    if why_not:
        raise InputError(*why_not)
    return start_training(actor, **values)


def why_not_from(checkpoint: str, values: dict) -> tuple[str, str] | None:
    """Why complete settings cannot continue from a checkpoint, and what to do; None if they can."""
    theirs = read_json(Path(checkpoint) / "training_config.json") or {}
    for field in KEPT_WHEN_CONTINUING:
        kept, asked = theirs.get(field), values.get(field)
        if field in theirs and (list(asked) if isinstance(asked, tuple) else asked) != kept:
            return f"{field}: the checkpoint was trained with {kept}, not {asked}.", f"Set {field} to {kept}."
    done = (read_json(Path(checkpoint) / _STATE) or {}).get("step", 0)
    examples = training_examples(values["dataset"])
    if not examples or steps_of(values, examples) > done:
        return None
    if values.get("max_steps"):
        return f"max_steps: the checkpoint has seen {done:,} steps already.", f"Ask for more than {done:,} steps."
    enough = done // steps_of(values | {"epochs": 1}, examples) + 1
    return (
        f"epochs: the checkpoint has seen {done:,} steps already, which is {values['epochs']:g} epochs or more.",
        f"Ask for {enough} epochs or more: those of the first run count.",
    )
