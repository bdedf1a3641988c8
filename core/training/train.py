"""The training stage: QLoRA fine-tuning of a base model on a dataset, from the spec to the adapter and merged model.

Every part of it is published whole and may be repeated: a run that died goes on from its newest whole checkpoint, and
one that died after its last step only does what is missing.
"""

import json
import shutil
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import torch

from core.artifacts import publish, staging_folder, verify_manifest
from core.data.store.datasets import open_dataset
from core.errors import ConflictError, CorruptArtifactError, InputError, ParityError, TrainingError
from core.models.loading import base_folder, load_model, load_tokenizer
from core.models.merging import copy_tokenizer, merge
from core.models.precision import compute_dtype, device
from core.models.references import ADAPTER_WEIGHTS, TRAINING_CONFIG, ModelLocation, locate
from core.reporting import Reporter
from core.specs import Split, TrainSpec
from core.specs.results.train import TrainResult
from core.training.checkpoints import (
    STATE,
    RunState,
    checkpoint_folder,
    is_of_run,
    load_optimizer,
    load_state,
    spec_hash,
    write_json,
)
from core.training.dropout import PromptDropout
from core.training.examples import TokenizedExample, TokenizedSplit, tokenize_split
from core.training.loop import TrainingLoop, count_steps
from core.training.resuming import remove_leftovers, starting_point

_COMPARED_TEXTS = 4
_MANY_PARAMETERS = 1_000_000_000

Examples = dict[Split, list[TokenizedExample]]


def train(spec: TrainSpec, reporter: Reporter | None = None) -> TrainResult:
    """Fine-tune `spec.model`; publish checkpoints, `final/` and, if asked for, `merged_model/` under the output folder.

    Raises InputError for a model or dataset that cannot be used, ConflictError when the folder holds another run,
    TrainingError when the loss is not finite or the GPU's memory is too small, Stopped when asked to stop.
    """
    reporter = reporter or Reporter()
    output_dir = Path(spec.output_dir)
    trained = _published(output_dir / "final", spec)
    merged = not spec.merge_adapters or _published(output_dir / "merged_model", spec)
    location = _base_model(spec)
    tokenizer = load_tokenizer(location)
    examples = _read_examples(spec, location, tokenizer, reporter)
    output_dir.mkdir(parents=True, exist_ok=True)
    remove_leftovers(output_dir, reporter)
    resumed_from = refused = None
    try:
        if not trained:
            resumed_from = _train_adapter(spec, location, tokenizer, examples, reporter)
        if not merged:
            total = count_steps(spec, len(examples[Split.TRAIN]))
            reporter.progress(total, total, "Merging")
            refused = _publish_merged(spec, examples, reporter)
    except torch.OutOfMemoryError as error:
        raise TrainingError(
            f"The GPU's memory is too small for this run: {str(error).splitlines()[0]}",
            f"Lower the batch size (now {spec.batch_size}; raise gradient accumulation to make up for it), the "
            f"longest example (now {spec.max_seq_length} tokens) or the LoRA rank (now {spec.lora_r}).",
        ) from error
    return _result(spec, resumed_from, refused)


def _base_model(spec: TrainSpec) -> ModelLocation:
    location = locate(spec.model)
    if location.kind not in ("transformers", "hub"):
        raise InputError(
            f"{spec.model} is no whole model, so no new adapter can be trained on it.",
            "Name a base model or a run with a merged model; to go on with a run, resume from its checkpoint.",
        )
    return location


def _read_examples(spec: TrainSpec, location: ModelLocation, tokenizer, reporter: Reporter) -> Examples:
    """The tokenized `train` and `validation` splits; tells what was cut."""
    dataset = open_dataset(spec.dataset)
    if not len(dataset.get(Split.TRAIN, ())):
        raise InputError(f"{spec.dataset} has no examples to train on.", "Give the train split a share of the data.")
    config = json.loads((base_folder(location) / "config.json").read_text(encoding="utf-8"))
    limit = min(spec.max_seq_length, config.get("max_position_embeddings", spec.max_seq_length))
    if limit < spec.max_seq_length:
        reporter.event(f"Longer examples are cut at the model's context of {limit} tokens.")
    splits = {
        name: tokenize_split(dataset[name], name, tokenizer, limit, keep_sources=spec.prompt_dropout > 0)
        if name in dataset
        else TokenizedSplit([])
        for name in (Split.TRAIN, Split.VALIDATION)
    }
    for name, split in splits.items():
        if split.judged_bad:
            reporter.event(f"{split.judged_bad} answers of the {name} split are judged bad and not learned from.")
        if split.rewritten:
            reporter.event(
                f"{split.rewritten} earlier answers of the {name} split are read and not learned: the model's chat "
                "template writes them otherwise once the conversation goes on."
            )
        if split.closed:
            reporter.event(
                f"The model's prompts begin with reasoning: {split.closed} {name} answers without any end it first."
            )
        if split.masked:
            reporter.event(
                f"{split.masked} {name} examples are left out: their question alone fills the {limit} tokens that are "
                "read at once."
            )
        if split.truncated:
            reporter.event(
                f"{split.truncated} of {len(split.examples)} {name} examples were cut at {limit} tokens; "
                "their answers are learned without their ends."
            )
    if not splits[Split.TRAIN].examples:
        raise InputError(f"All answers of {spec.dataset} are judged bad.", "Add examples with good answers.")
    if not splits[Split.VALIDATION].examples:
        reporter.event("There is no validation split: the last step is kept as the best.")
    return {name: split.examples for name, split in splits.items()}


def _train_adapter(
    spec: TrainSpec, location: ModelLocation, tokenizer, examples: Examples, reporter: Reporter
) -> int | None:
    """Train to the last step and publish the best adapter. Returns the step that training went on from, if any."""
    start, state = starting_point(spec, reporter)
    total, began_at = count_steps(spec, len(examples[Split.TRAIN])), state.step
    if state.step >= total and not state.log_history:
        raise InputError(
            f"{start} is at step {state.step} already, and this run has {total}.", "Raise the number of epochs."
        )
    reporter.progress(state.step, total, "Loading the model")
    model = _trainable_model(spec, location, start)
    config = spec.model_dump(mode="json") | {"versions": _versions(), "device": _device_name()}
    dropout = PromptDropout(tokenizer, spec.prompt_dropout, spec.seed) if spec.prompt_dropout else None
    loop = TrainingLoop(
        spec, model, examples[Split.TRAIN], examples[Split.VALIDATION], state, config, reporter, dropout
    )
    if start:
        load_optimizer(start, model, loop.optimizer)
    loop.run()
    _publish_final(spec, location, tokenizer, state, config, reporter)
    return began_at if start else None


def _trainable_model(spec: TrainSpec, location: ModelLocation, start: Path | None):
    """The base with a new adapter, or with that of the checkpoint. The adapter's weights are fp32."""
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
    if model.num_parameters() > _MANY_PARAMETERS:  # its activations are worked out again rather than kept
        model.activation_checkpointing_enable({"use_reentrant": False})
    return model


def _publish_final(
    spec: TrainSpec, location: ModelLocation, tokenizer, state: RunState, config: dict, reporter: Reporter
) -> None:
    """Publish `final/`: the adapter of the best step, or the last one if asked for or without validation."""
    output_dir = Path(spec.output_dir)
    kept = _kept_step(spec, state)
    staged = staging_folder(output_dir / "final", reporter.attempt)
    for name in ("adapter_config.json", ADAPTER_WEIGHTS):
        shutil.copyfile(checkpoint_folder(output_dir, kept) / name, staged / name)
    write_json(staged / STATE, asdict(state))
    write_json(staged / TRAINING_CONFIG, config)
    copy_tokenizer(base_folder(location), tokenizer, staged)
    publish(staged, output_dir / "final", reporter, step=kept, spec_hash=spec_hash(spec))
    losses = {state.best_step: state.best_validation_loss, state.step: state.last_validation_loss}
    loss = f", validation loss {losses[kept]:.4f}" if losses.get(kept) is not None else ""
    reporter.event(f"The adapter of step {kept} of {state.step} is kept{loss}.", step=kept)
    if state.best_validation_loss is not None and state.best_validation_loss >= state.first_validation_loss:
        reporter.event("Validation never got better than before training: a lower learning rate may help.")


def _kept_step(spec: TrainSpec, state: RunState) -> int:
    return state.step if spec.keep == "last" or state.best_step is None else state.best_step


def _publish_merged(spec: TrainSpec, examples: Examples, reporter: Reporter) -> str | None:
    """Publish `merged_model/`. Returns why not, where it would not be the model that was trained: the adapter stays."""
    output_dir = Path(spec.output_dir)
    staged = staging_folder(output_dir / "merged_model", reporter.attempt)
    compared = (examples[Split.VALIDATION] or examples[Split.TRAIN])[:_COMPARED_TEXTS]
    texts = [example.ids.tolist() for example in compared]
    try:
        adapter = locate(str(output_dir / "final"))
        report = merge(adapter, staged, compute_dtype(adapter), spec.load_in_4bit, texts)
    except ParityError as error:
        shutil.rmtree(staged)
        reporter.event(f"Not merged. {error.message} {error.remedy}")
        return error.message
    config = json.loads((output_dir / "final" / TRAINING_CONFIG).read_text(encoding="utf-8"))
    write_json(staged / TRAINING_CONFIG, config | {"merge": report})
    publish(staged, output_dir / "merged_model", reporter, spec_hash=spec_hash(spec))
    reporter.event(
        f"Merged into the {report['method']} weights: {report['difference']:.2%} from the model as trained.", **report
    )
    return None


def _published(folder: Path, spec: TrainSpec) -> bool:
    """Whether this very run has published `folder`. Raises ConflictError when something else is there."""
    if not folder.exists():
        return False
    try:
        manifest = verify_manifest(folder)
    except CorruptArtifactError:
        manifest = {}
    if not is_of_run(manifest, spec):
        raise ConflictError(f"{folder} exists already.", "Choose another output folder, or delete it first.")
    return True


def _result(spec: TrainSpec, resumed_from: int | None, refused: str | None) -> TrainResult:
    final, merged = Path(spec.output_dir) / "final", Path(spec.output_dir) / "merged_model"
    state = load_state(final)
    is_merged = spec.merge_adapters and not refused
    merge_report = json.loads((merged / TRAINING_CONFIG).read_text())["merge"] if is_merged else None
    return TrainResult(
        adapter=str(final),
        merged_model=str(merged) if is_merged else None,
        kept_step=_kept_step(spec, state),
        best_step=state.best_step,
        best_validation_loss=state.best_validation_loss,
        first_validation_loss=state.first_validation_loss,
        last_validation_loss=state.last_validation_loss,
        steps=state.step,
        train_tokens=state.train_tokens,
        seconds=round(state.seconds, 3),
        merge={"refused": refused} if refused else merge_report,
        resumed_from=resumed_from,
    )


def _device_name() -> str:
    return torch.cuda.get_device_name() if device().type == "cuda" else "cpu"


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("torch", "transformers", "peft", "bitsandbytes")}
