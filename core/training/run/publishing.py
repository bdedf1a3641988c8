"""What a run publishes: `final/` with the adapter that is kept, `merged_model/`, and its result."""

import logging
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from core.artifacts import publish, staging_folder
from core.disk_space import size_bytes
from core.errors import ConflictError, CorruptArtifactError, DiskFullError, TunewrightError
from core.full_disk import naming_full_disks, require_room
from core.manifests import verify_manifest
from core.models.folders import base_folder
from core.models.merging.merge import merge, merged_in_words
from core.models.precision import precision_of
from core.models.references import TRAINING_CONFIG, ModelLocation, locate
from core.models.saving import copy_tokenizer
from core.reporting import Reporter
from core.specs import TrainSpec
from core.specs.results.run_record import RunRecord
from core.specs.results.train import MergeRefused, MergeReport, TrainResult
from core.training.compute.fitting import is_out_of_memory
from core.training.objectives.objective import Example
from core.training.run.checkpoints import STATE, RunState, checkpoint_folder, is_of_run, load_state, write_json
from core.training.trained.trained import Trained

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_COMPARED_EXAMPLES = 4


def is_published(folder: Path, spec: TrainSpec) -> bool:
    """Whether this run has already published `folder`. Raises ConflictError if something else is there."""
    if not folder.exists():
        return False
    try:
        verify_manifest(folder)
        ours = is_of_run(folder, spec)
    except CorruptArtifactError:
        ours = False
    if not ours:
        raise ConflictError(f"{folder} exists already.", "Choose another output folder, or delete it first.")
    return True


def publish_final(
    spec: TrainSpec,
    trained: Trained,
    location: ModelLocation,
    tokenizer: "PreTrainedTokenizerBase",
    state: RunState,
    record: RunRecord,
    reporter: Reporter,
) -> None:
    """Publish `final/`: adapter or model of the best step, or of the last one if asked for or without validation."""
    output_dir = Path(spec.output_dir)
    kept = _kept_step(spec, state)
    staged = staging_folder(output_dir / "final", reporter.attempt)
    trained.publish(checkpoint_folder(output_dir, kept), staged)
    write_json(staged / STATE, asdict(state))
    write_json(staged / TRAINING_CONFIG, record.stored())
    copy_tokenizer(base_folder(location), tokenizer, staged)
    publish(staged, output_dir / "final", reporter, step=kept)
    losses = {state.best_step: state.best_validation_loss, state.step: state.last_validation_loss}
    loss = f", {_measured(spec, losses[kept])}" if losses.get(kept) is not None else ""
    if state.ended_early:
        reporter.event(f"Ended early, after step {state.step}: {state.ended_early}.", step=state.step)
    kind = "model" if spec.tuning == "full" else "adapter"
    reporter.event(f"The {kind} of step {kept} of {state.step} is kept{loss}.", step=kept)
    if state.best_validation_loss is not None and state.best_validation_loss >= state.first_validation_loss:
        never = "validation loss never fell below" if spec.method != "grpo" else "mean reward never rose above"
        reporter.event(f"The {never} its value before training: try a lower learning rate.")


def _measured(spec: TrainSpec, loss: float) -> str:
    return f"validation loss {loss:.4f}" if spec.method != "grpo" else f"mean reward {0.0 - loss:.4f}"


def _kept_step(spec: TrainSpec, state: RunState) -> int:
    return state.step if spec.keep == "last" or state.best_step is None else state.best_step


def publish_merged(spec: TrainSpec, examples: list[Example], reporter: Reporter) -> str | None:
    """Publish `merged_model/`, checked on the first few `examples`.

    Returns None, or why it was not published, whatever went wrong: a finished run is not lost to its merge. Only a full
    disk raises, DiskFullError, because merging again helps once there is room. If the kernel killed an earlier attempt
    for lack of memory while it merged, this one does not try again.
    """
    output_dir = Path(spec.output_dir)
    if reporter.memory_deaths > load_state(output_dir / "final").memory_deaths:
        return _not_merged(_too_little_memory("the kernel killed the process"), reporter)
    staged = staging_folder(output_dir / "merged_model", reporter.attempt)
    texts = [example.ids.tolist() for example in examples[:_COMPARED_EXAMPLES]]
    try:
        with naming_full_disks(output_dir, staged):
            adapter = locate(str(output_dir / "final"))
            require_room(output_dir, sum(size_bytes(file) for file in base_folder(adapter).glob("*.safetensors")))
            report = merge(
                adapter,
                staged,
                precision_of(spec.precision, adapter),
                texts,
                four_bit=spec.load_in_4bit,
                eight_bit=spec.load_in_8bit,
            )
            record = RunRecord.read(output_dir / "final" / TRAINING_CONFIG)
            write_json(staged / TRAINING_CONFIG, record.model_copy(update={"merge": MergeReport(**report)}).stored())
    except DiskFullError:
        shutil.rmtree(staged)
        raise
    except Exception as error:
        logging.getLogger(__name__).exception("merging failed")
        shutil.rmtree(staged)
        return _not_merged(error if isinstance(error, TunewrightError) else _unexpected(error), reporter)
    publish(staged, output_dir / "merged_model", reporter)
    reporter.event(merged_in_words(report), **report)
    return None


def merges(spec: TrainSpec) -> bool:
    """Whether the run ends with a merged model; full fine-tuning has nothing to merge."""
    return spec.merge_adapters and spec.tuning == "adapter"


def _not_merged(error: TunewrightError, reporter: Reporter) -> str:
    reporter.event(f"Not merged. {error.message} {error.remedy}")
    return error.message


def _unexpected(error: Exception) -> TunewrightError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    if isinstance(error, MemoryError) or isinstance(error, RuntimeError) and is_out_of_memory(error):
        return _too_little_memory(reason)
    return TunewrightError(
        f"Merging failed ({type(error).__name__}: {reason}).",
        "The adapter is intact and works on its base; the log has the details.",
    )


def _too_little_memory(reason: str) -> TunewrightError:
    return TunewrightError(
        f"Memory ran out while merging: {reason}.",
        "The adapter is intact and works on its base. Exporting it merges it again: close other programs first.",
    )


def result_of(spec: TrainSpec, resumed_from: int | None, refused: str | None) -> TrainResult:
    """What `train` returns, read back from what the run has published."""
    final, merged = Path(spec.output_dir) / "final", Path(spec.output_dir) / "merged_model"
    state = load_state(final)
    is_merged = merges(spec) and not refused
    merge_report = RunRecord.read(merged / TRAINING_CONFIG).merge if is_merged else None
    whole = str(final) if spec.tuning == "full" else None
    kept = _kept_step(spec, state)
    after = state.best_validation_loss if kept == state.best_step else state.last_validation_loss
    rewarded = spec.method == "grpo" and after is not None
    return TrainResult(
        adapter=None if whole else str(final),
        merged_model=str(merged) if is_merged else whole,
        kept_step=kept,
        best_step=state.best_step,
        best_validation_loss=state.best_validation_loss,
        first_validation_loss=state.first_validation_loss,
        last_validation_loss=state.last_validation_loss,
        steps=state.step,
        train_tokens=state.train_tokens,
        seconds=round(state.seconds, 3),
        merge=MergeRefused(refused=refused) if refused else merge_report,
        resumed_from=resumed_from,
        ended_early=state.ended_early,
        mean_reward_before=0.0 - state.first_validation_loss if rewarded else None,
        mean_reward_after=0.0 - after if rewarded else None,
    )
