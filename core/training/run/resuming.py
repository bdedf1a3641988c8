"""Where a run resumes from: its own newest valid checkpoint, a checkpoint of another run, or the beginning."""

import json
from pathlib import Path

from core.artifacts import remove_folders
from core.errors import ConflictError, CorruptArtifactError, InputError
from core.manifests import verify_manifest
from core.models.references import TRAINING_CONFIG
from core.reporting import Reporter
from core.specs import TrainSpec
from core.specs.results.sample_answers import SAMPLE_ANSWERS
from core.specs.train import KEPT_WHEN_CONTINUING
from core.training.run.checkpoints import OPTIMIZER, RunState, checkpoint_folder, checkpoints, is_of_run, load_state


def starting_point(spec: TrainSpec, reporter: Reporter) -> tuple[Path | None, RunState]:
    """The verified checkpoint to resume from, or None, and its state. Metrics reported beyond it are discarded.

    Raises ConflictError if the output folder holds checkpoints of other settings, InputError or CorruptArtifactError if
    `spec.resume_from_checkpoint` cannot be used.
    """
    own = _newest_checkpoint(spec, reporter)
    if own:
        state = load_state(own)
        _forget_lost_best(spec, state, reporter)
        reporter.rewind(state.step)
        reporter.event(f"Training resumes after step {state.step}.", checkpoint=own.name)
        return own, state
    if spec.resume_from_checkpoint:
        folder = Path(spec.resume_from_checkpoint)
        _check_foreign(folder, spec)
        state = RunState(step=load_state(folder).step)  # its losses may belong to other data, so they start afresh
        reporter.rewind(state.step - 1)
        reporter.event(f"Training resumes after step {state.step} of {folder}.", checkpoint=str(folder))
        return folder, state
    reporter.rewind(-1)
    return None, RunState()


def remove_leftovers(output_dir: Path, reporter: Reporter) -> None:
    """Remove what earlier attempts that died have staged."""
    names = ("checkpoint-*", "final", "merged_model", "reference", "removed", SAMPLE_ANSWERS)
    remove_folders([folder for name in names for folder in output_dir.glob(f".{name}.*.partial")], reporter)


def _newest_checkpoint(spec: TrainSpec, reporter: Reporter) -> Path | None:
    """This run's newest valid checkpoint. A corrupt one is reported and removed, and the one before it is used."""
    for folder in reversed(checkpoints(Path(spec.output_dir))):
        try:
            verify_manifest(folder)
        except CorruptArtifactError as error:
            reporter.event(f"{folder.name} is corrupt and was removed: {error.message}.", checkpoint=folder.name)
            remove_folders([folder], reporter)
            continue
        if not is_of_run(folder, spec):
            raise ConflictError(
                f"{spec.output_dir} holds checkpoints of a run with other settings.",
                f"Choose another output folder; to continue from one of them, resume from {folder}.",
            )
        return folder
    return None


def _forget_lost_best(spec: TrainSpec, state: RunState, reporter: Reporter) -> None:
    """Without its checkpoint the best step cannot be kept, so a later one will be."""
    if state.best_step is None:
        return
    folder = checkpoint_folder(Path(spec.output_dir), state.best_step)
    try:
        verify_manifest(folder)
    except CorruptArtifactError as error:
        reporter.event(f"The best checkpoint so far is lost; a later one will be kept ({error.message}).")
        state.best_step = state.best_validation_loss = None
        state.validations_since_best = 0


def _check_foreign(folder: Path, spec: TrainSpec) -> None:
    """Raise unless `folder` is a valid checkpoint of what `spec` asks to train."""
    if not (folder / OPTIMIZER).is_file():
        raise InputError(f"{folder} is not a checkpoint to resume from.", "Name a run's folder called checkpoint-N.")
    verify_manifest(folder)
    theirs = json.loads((folder / TRAINING_CONFIG).read_text(encoding="utf-8"))
    ours = spec.model_dump(mode="json")
    for name in KEPT_WHEN_CONTINUING:
        recorded = theirs.get(name, TrainSpec.model_fields[name].default)  # a setting added since
        if recorded != ours[name]:
            raise InputError(
                f"{folder.name} was trained with {name} {recorded}; this run asks for {ours[name]}.",
                f"Set {name} to {recorded}, or start without a checkpoint.",
            )
