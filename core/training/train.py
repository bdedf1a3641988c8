"""The training stage: LoRA or QLoRA fine-tuning of a base model on a dataset, from the spec to adapter and merged
model.

Each result is published whole, and running the stage again is safe: a run that died resumes from its newest valid
checkpoint, and one that died after its last step only does what is missing.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from core.errors import InputError, TrainingError
from core.models.loading import load_model, load_tokenizer
from core.models.memory import CHECKPOINTED_FROM_PARAMETERS
from core.models.precision import compute_dtype
from core.models.references import ModelLocation, locate
from core.reporting import Reporter
from core.specs import Split, TrainSpec
from core.specs.results.train import TrainResult
from core.training.loop import TrainingLoop
from core.training.objectives.choosing import objective_of
from core.training.objectives.objective import Example
from core.training.objectives.reading import read_examples
from core.training.run.checkpoints import load_optimizer
from core.training.run.publishing import is_published, publish_final, publish_merged, result_of
from core.training.run.recording import record_of, refuse_changed_inputs
from core.training.run.reference import with_reference
from core.training.run.resuming import remove_leftovers, starting_point
from core.training.schedule import count_steps

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase


def train(spec: TrainSpec, reporter: Reporter | None = None) -> TrainResult:
    """Fine-tune `spec.model`; publish checkpoints, `final/` and, if asked for, `merged_model/` in the output folder.

    Raises InputError for an unusable model or dataset, ConflictError if the folder holds another run, TrainingError if
    the loss is not finite or the GPU runs out of memory, Stopped if asked to stop.
    """
    reporter = reporter or Reporter()
    output_dir = Path(spec.output_dir)
    trained = is_published(output_dir / "final", spec)
    merged = not spec.merge_adapters or is_published(output_dir / "merged_model", spec)
    location = _base_model(spec)
    tokenizer = load_tokenizer(location)
    examples = read_examples(spec, location, tokenizer, reporter)
    output_dir.mkdir(parents=True, exist_ok=True)
    remove_leftovers(output_dir, reporter)
    resumed_from = refused = None
    try:
        if not trained:
            resumed_from = _train_adapter(spec, location, tokenizer, examples, reporter)
        if not merged:
            total = count_steps(spec, len(examples[Split.TRAIN]))
            reporter.progress(total, total, "Merging")
            refused = publish_merged(spec, examples[Split.VALIDATION] or examples[Split.TRAIN], reporter)
    except torch.OutOfMemoryError as error:
        raise TrainingError(
            f"The GPU ran out of memory: {str(error).splitlines()[0]}",
            f"Lower the batch size (now {spec.batch_size}; raise gradient accumulation to make up for it), the "
            f"longest example (now {spec.max_seq_length} tokens) or the LoRA rank (now {spec.lora_r}).",
        ) from error
    return result_of(spec, resumed_from, refused)


def _base_model(spec: TrainSpec) -> ModelLocation:
    location = locate(spec.model)
    if location.kind not in ("transformers", "hub"):
        raise InputError(
            f"{spec.model} is not a whole model, so no new adapter can be trained on it.",
            "Name a base model or a run with a merged model; to continue a run, resume from its checkpoint.",
        )
    return location


def _train_adapter(
    spec: TrainSpec,
    location: ModelLocation,
    tokenizer: "PreTrainedTokenizerBase",
    examples: dict[Split, list[Example]],
    reporter: Reporter,
) -> int | None:
    """Train to the last step and publish the adapter. Returns the step that training resumed from, if any."""
    start, state = starting_point(spec, reporter)
    record = record_of(spec, location)
    if start:
        refuse_changed_inputs(start, record, reporter)
    total, began_at = count_steps(spec, len(examples[Split.TRAIN])), state.step
    if state.step >= total and not state.log_history:
        raise InputError(
            f"{start} is at step {state.step} already, and this run has {total}.", "Raise the number of epochs."
        )
    objective = objective_of(spec, tokenizer)
    if objective.referenced:
        examples = with_reference(record, location, examples, reporter)
    reporter.progress(state.step, total, "Loading the model")
    model = _trainable_model(spec, location, start)
    loop = TrainingLoop(
        spec, model, objective, examples[Split.TRAIN], examples[Split.VALIDATION], state, record, reporter
    )
    if start:
        load_optimizer(start, model, loop.optimizer)
    loop.run()
    publish_final(spec, location, tokenizer, state, record, reporter)
    return began_at if start else None


def _trainable_model(spec: TrainSpec, location: ModelLocation, start: Path | None) -> "PeftModel":
    """The base with a new adapter, or with the checkpoint's. The adapter's weights are fp32."""
    from peft import LoraConfig, get_peft_model

    if start:
        location = ModelLocation("adapter", str(start), location.path, start.name)
    model = load_model(location, compute_dtype(location), four_bit=spec.load_in_4bit, trainable=True)
    if not start:
        targets = "all-linear" if spec.lora_targets == ("all-linear",) else list(spec.lora_targets)
        config = LoraConfig(
            r=spec.lora_r,
            lora_alpha=spec.lora_alpha,
            lora_dropout=spec.lora_dropout,
            target_modules=targets,
            task_type="CAUSAL_LM",
        )
        torch.manual_seed(spec.seed)
        try:
            model = get_peft_model(model, config)
        except ValueError as error:  # PEFT names the modules it did not find
            raise InputError(f"These LoRA targets do not fit the model: {error}", "Use 'all-linear'.") from error
    if model.num_parameters() > CHECKPOINTED_FROM_PARAMETERS:
        model.activation_checkpointing_enable({"use_reentrant": False})  # gradient checkpointing, by its new name
    return model
