"""The training stage: fine-tuning a base model on a dataset, from the spec to an adapter and a merged model, or to a
whole model.

Each result is published whole, and running the stage again is safe: a run that died resumes from its newest valid
checkpoint, and one that died after its last step only does what is missing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.data.store.datasets import open_dataset
from core.errors import InputError
from core.models.folders import base_folder
from core.models.loading import load_tokenizer
from core.models.precision import device
from core.models.references import ModelLocation, locate
from core.reporting import Reporter
from core.specs import Split, TrainSpec
from core.specs.results.run_record import RunRecord
from core.specs.results.train import TrainResult
from core.specs.train import steps_of
from core.training.compute.fitting import free_memory, is_out_of_memory, too_little_memory
from core.training.devices.peers import team_of
from core.training.devices.team import Team
from core.training.loop import TrainingLoop
from core.training.objectives.choosing import objective_of
from core.training.objectives.objective import Example, Objective
from core.training.objectives.reading import read_examples
from core.training.refusals import refuse_unusable
from core.training.rewards.grading import Grading
from core.training.run.checkpoints import OPTIMIZER, RunState
from core.training.run.publishing import is_published, merges, publish_final, publish_merged, result_of
from core.training.run.recording import record_of, refuse_changed_inputs
from core.training.run.reference import with_reference
from core.training.run.resuming import remove_leftovers, starting_point
from core.training.tracking.forwarding import tracked
from core.training.trained.loading import load_trained
from core.training.trained.optimizers import load_optimizer
from core.training.trained.trained import Trained
from core.training.watching.sample_answers import SampleAnswers, choose_questions

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def train(spec: TrainSpec, reporter: Reporter | None = None, allowed_endpoints: Sequence[str] = ()) -> TrainResult:
    """Fine-tune `spec.model`; publish checkpoints, `final/` and, if asked for, `merged_model/` in the output folder.

    `allowed_endpoints` are the servers besides this machine that a judge may be asked at.

    Raises InputError for an unusable model, dataset or setting, ConflictError if the folder holds another run,
    TrainingError if the loss is not finite or memory runs out, Stopped if asked to stop.
    """
    reporter = reporter or Reporter()
    refuse_unusable(spec, gpu=device().type == "cuda")
    output_dir = Path(spec.output_dir)
    trained = is_published(output_dir / "final", spec)
    merged = not merges(spec) or is_published(output_dir / "merged_model", spec)
    location = _base_model(spec)
    base_folder(location, reporter)  # downloaded here, where progress is reported and a stop is heard
    tokenizer = load_tokenizer(location)
    objective = objective_of(spec, tokenizer, allowed_endpoints)
    examples = read_examples(spec, location, tokenizer, reporter)
    if spec.early_stopping_patience and not examples[Split.VALIDATION]:
        raise InputError(
            "early_stopping_patience: without a validation split nothing says when to stop.",
            "Give the validation split a share of the data, or set no patience.",
        )
    output_dir.mkdir(parents=True, exist_ok=True)
    remove_leftovers(output_dir, reporter)
    resumed_from = refused = None
    try:
        if not trained:
            resumed_from = _train(spec, location, tokenizer, objective, examples, reporter)
        if not merged:
            total = steps_of(dict(spec), len(examples[Split.TRAIN]))
            reporter.progress(total, total, "Merging")
            free_memory()  # of the trained model: merging loads it again, beside others
            refused = publish_merged(spec, examples[Split.VALIDATION] or examples[Split.TRAIN], reporter)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise too_little_memory(spec, (str(error) or "no memory").splitlines()[0]) from error
    return result_of(spec, resumed_from, refused)


def _base_model(spec: TrainSpec) -> ModelLocation:
    location = locate(spec.model)
    if location.kind not in ("transformers", "hub"):
        raise InputError(
            f"{spec.model} is not a whole model, so no new adapter can be trained on it.",
            "Name a base model or a run with a merged model; to continue a run, resume from its checkpoint.",
        )
    return location


def _train(
    spec: TrainSpec,
    location: ModelLocation,
    tokenizer: "PreTrainedTokenizerBase",
    objective: Objective | Grading,
    examples: dict[Split, list[Example]],
    reporter: Reporter,
) -> int | None:
    """Train to the last step and publish what was trained. Returns the step that training resumed from, if any."""
    start, state = starting_point(spec, reporter)
    record = record_of(spec, location)
    if start:
        refuse_changed_inputs(start, record, reporter)
    total, began_at = steps_of(dict(spec), len(examples[Split.TRAIN])), state.step
    if state.step >= total and not state.train_tokens:  # another run's
        raise InputError(
            f"{start} is at step {state.step} already, and this run has {total}.", "Raise the number of epochs."
        )
    if objective.referenced:
        examples = with_reference(record, location, tokenizer, examples, reporter)
    reporter.progress(state.step, total, "Loading the model")
    with team_of(spec, start, state) as team:
        trained = load_trained(spec, location, tokenizer, start)
        samples = _sample_answers(spec, location, tokenizer, trained, state, reporter) if spec.sample_answers else None
        with tracked(record, state.step, reporter) as tracking:
            _run_steps(spec, trained, objective, examples, start, state, record, tracking, team, samples)
    publish_final(spec, trained, location, tokenizer, state, record, reporter)
    return began_at if start else None


def train_along(spec: TrainSpec, start: Path | None, state: RunState, team: Team) -> None:
    """The part in `train` of a process that does not lead its team: the same steps, and nothing published."""
    location, reporter = _base_model(spec), Reporter()
    tokenizer, record = load_tokenizer(location), record_of(spec, location)
    examples, objective = read_examples(spec, location, tokenizer, reporter), objective_of(spec, tokenizer)
    if objective.referenced:  # which the leader has computed and published
        examples = with_reference(record, location, tokenizer, examples, reporter)
    trained = load_trained(spec, location, tokenizer, start)
    _run_steps(spec, trained, objective, examples, start, state, record, reporter, team)


def _run_steps(
    spec: TrainSpec,
    trained: Trained,
    objective: Objective | Grading,
    examples: dict[Split, list[Example]],
    start: Path | None,
    state: RunState,
    record: RunRecord,
    reporter: Reporter,
    team: Team,
    samples: SampleAnswers | None = None,
) -> None:
    train, validation = examples[Split.TRAIN], examples[Split.VALIDATION]
    loop = _loop_of(spec)(spec, trained, objective, train, validation, state, record, reporter, team, samples)
    if start:
        load_optimizer(start / OPTIMIZER, trained.model, loop.optimizer)
    loop.run()


def _loop_of(spec: TrainSpec) -> type[TrainingLoop]:
    if spec.method != "grpo":
        return TrainingLoop
    from core.training.grpo.loop import RewardLoop  # loads TRL

    return RewardLoop


def _sample_answers(
    spec: TrainSpec,
    location: ModelLocation,
    tokenizer: "PreTrainedTokenizerBase",
    trained: Trained,
    state: RunState,
    reporter: Reporter,
) -> SampleAnswers:
    rows = open_dataset(spec.dataset).get(Split.VALIDATION, [])
    questions = choose_questions(rows, tokenizer, spec.sample_answers, spec.max_seq_length, spec.seed)
    return SampleAnswers(spec, location, tokenizer, trained.model, questions, state.validated_step, reporter)
