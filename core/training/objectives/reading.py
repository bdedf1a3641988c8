"""A run's examples: the dataset's splits as the method wants them, and a report of what was cut or left out."""

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from core.data.store.datasets import open_dataset
from core.errors import InputError
from core.examples.example import shape_of
from core.models.folders import base_folder
from core.models.references import ModelLocation
from core.reporting import Reporter
from core.specs import Split, TrainSpec
from core.specs.train import unfit_shape
from core.training.objectives.examples import TokenizedSplit, tokenize_split
from core.training.objectives.objective import Example
from core.training.objectives.pairs import Judged, judged_of, pairs_of
from core.training.objectives.questions import questions_of
from core.training.objectives.windows import windows_of

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    Tokenize = Callable[..., TokenizedSplit]


def read_examples(
    spec: TrainSpec, location: ModelLocation, tokenizer: "PreTrainedTokenizerBase", reporter: Reporter
) -> dict[Split, list[Example]]:
    """The tokenized `train` and `validation` splits of `spec.dataset`; reports what was cut or left out.

    Raises InputError if there is nothing to train on, or if the method cannot learn from data of this shape.
    """
    dataset = open_dataset(spec.dataset)
    if not len(dataset.get(Split.TRAIN, ())):
        raise InputError(f"{spec.dataset} has no examples to train on.", "Give the train split a share of the data.")
    if problem := unfit_shape(spec.method, shape_of(dataset[Split.TRAIN].column_names)):
        raise InputError(*problem)
    config = json.loads((base_folder(location) / "config.json").read_text(encoding="utf-8"))
    limit = min(spec.max_seq_length, config.get("max_position_embeddings", spec.max_seq_length))
    if limit < spec.max_seq_length:
        reporter.event(f"Longer examples are cut at the model's context length of {limit} tokens.")
    tokenize = _tokenizer_of(spec)
    splits = {
        name: tokenize(dataset[name], name, tokenizer, limit) if name in dataset else TokenizedSplit([])
        for name in (Split.TRAIN, Split.VALIDATION)
    }
    for name, split in splits.items():
        _report(name, split, limit, reporter)
        if spec.method == "pretrain" and split.examples:
            reporter.event(
                f"The {len(dataset[name])} texts of the {name} split are {len(split.examples)} windows of up to "
                f"{limit} tokens."
            )
    if not splits[Split.TRAIN].examples:
        raise InputError(
            f"All answers of {spec.dataset} are judged bad.",
            "Add examples with good answers, or choose a method that learns from both (KTO).",
        )
    if spec.method == "kto":
        _report_balance(spec, splits[Split.TRAIN].examples, reporter)
    if not splits[Split.VALIDATION].examples:
        reporter.event("There is no validation split, so the adapter of the last step is kept.")
    return {name: split.examples for name, split in splits.items()}


def _tokenizer_of(spec: TrainSpec) -> "Tokenize":
    """What makes a split's examples of its rows, for a method."""
    if spec.method == "sft":
        return partial(tokenize_split, keep_sources=spec.prompt_dropout > 0, train_on=spec.train_on)
    if spec.method == "grpo":
        return partial(questions_of, answer_tokens=spec.max_new_tokens)
    return {"pretrain": windows_of, "kto": judged_of}.get(spec.method, pairs_of)


def _report_balance(spec: TrainSpec, examples: list[Judged], reporter: Reporter) -> None:
    """Good answers should weigh 1 to 4/3 times what bad ones do (equation 8 of the KTO paper)."""
    good = sum(example.good for example in examples)
    bad = len(examples) - good
    if not (good and bad):
        reporter.event(f"All {len(examples)} answers are judged {'good' if good else 'bad'}: KTO learns from both.")
        return
    ratio = spec.desirable_weight * good / max(spec.undesirable_weight * bad, 1e-9)
    if not 1 <= ratio <= 4 / 3:
        reporter.event(
            f"The {good} good answers weigh {ratio:.2g} times as much as the {bad} bad ones; 1 to 1.33 times works "
            f"best: an undesirable weight of {spec.desirable_weight * good / bad:.2g} would balance them."
        )


def _report(name: Split, split: TokenizedSplit, limit: int, reporter: Reporter) -> None:
    if split.judged_bad:
        reporter.event(f"{split.judged_bad} answers of the {name} split are judged bad and not learned from.")
    if split.rewritten:
        reporter.event(
            f"{split.rewritten} earlier answers of the {name} split are read but not learned: the model's chat "
            "template writes them differently once the conversation continues."
        )
    if split.closed:
        reporter.event(
            f"The model's prompts open with reasoning: {split.closed} {name} answers have none and close it first."
        )
    if split.masked:
        reporter.event(
            f"Left out of the {name} examples: {split.masked}. Within the limit of {limit} tokens there is no room for "
            "an answer, or no difference between two."
        )
    if split.truncated:
        reporter.event(
            f"Cut at {limit} tokens: {split.truncated} of {len(split.examples)} {name} examples. The end of such an "
            "answer is not learned."
        )
