"""A run's examples as token ids: the dataset's splits tokenized, cut to the context, and a report of what was lost."""

import json
from dataclasses import dataclass, field
from itertools import tee
from typing import TYPE_CHECKING

import numpy as np

from core.data.store.datasets import open_dataset
from core.errors import InputError
from core.examples.encoding import Encoded, encode_examples
from core.examples.example import is_worth_learning, shape_of
from core.models.folders import base_folder
from core.models.references import ModelLocation
from core.reporting import Reporter
from core.specs import Split, TrainSpec

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class TokenizedExample:
    """One example as the model sees it: `ids`, int32, (tokens,), is the prompt, then the answer and its end token.

    `counts`, bool, (tokens,), is the loss mask of a conversation with several answers; None if only the tokens from
    `prompt_tokens` on are learned. `prompt_tokens` is the index of the first token that is learned from. `source` is
    the example that was tokenized, if it was kept.
    """

    ids: np.ndarray
    prompt_tokens: int
    counts: np.ndarray | None = None
    source: dict[str, str] = field(default_factory=dict)

    @property
    def answer_tokens(self) -> int:
        """How many tokens are learned from."""
        return len(self.ids) - self.prompt_tokens if self.counts is None else int(self.counts.sum())

    @property
    def length(self) -> int:
        return len(self.ids)

    @property
    def weight(self) -> int:
        return self.answer_tokens


@dataclass(frozen=True)
class TokenizedSplit:
    """The examples of a split that can be learned from, and how many lost something.

    `truncated`: the end of the answer exceeds the length limit. `masked`: dropped, because the question alone fills it.
    `judged_bad`: dropped, because feedback calls the answer bad. `rewritten`: earlier answers that the chat template
    writes differently later on, so they are not learned. `closed`: answers without reasoning where the template's
    prompt opens with reasoning.
    """

    examples: list[TokenizedExample]
    truncated: int = 0
    masked: int = 0
    judged_bad: int = 0
    rewritten: int = 0
    closed: int = 0


def read_examples(
    spec: TrainSpec, location: ModelLocation, tokenizer: "PreTrainedTokenizerBase", reporter: Reporter
) -> dict[Split, list[TokenizedExample]]:
    """The tokenized `train` and `validation` splits of `spec.dataset`; reports what was cut or left out.

    Raises InputError if there is nothing to train on.
    """
    dataset = open_dataset(spec.dataset)
    if not len(dataset.get(Split.TRAIN, ())):
        raise InputError(f"{spec.dataset} has no examples to train on.", "Give the train split a share of the data.")
    config = json.loads((base_folder(location) / "config.json").read_text(encoding="utf-8"))
    limit = min(spec.max_seq_length, config.get("max_position_embeddings", spec.max_seq_length))
    if limit < spec.max_seq_length:
        reporter.event(f"Longer examples are cut at the model's context length of {limit} tokens.")
    splits = {
        name: tokenize_split(dataset[name], name, tokenizer, limit, keep_sources=spec.prompt_dropout > 0)
        if name in dataset
        else TokenizedSplit([])
        for name in (Split.TRAIN, Split.VALIDATION)
    }
    for name, split in splits.items():
        _report(name, split, limit, reporter)
    if not splits[Split.TRAIN].examples:
        raise InputError(f"All answers of {spec.dataset} are judged bad.", "Add examples with good answers.")
    if not splits[Split.VALIDATION].examples:
        reporter.event("There is no validation split, so the adapter of the last step is kept.")
    return {name: split.examples for name, split in splits.items()}


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
            f"{split.masked} {name} examples are left out: their question alone fills the limit of {limit} tokens."
        )
    if split.truncated:
        reporter.event(
            f"{split.truncated} of {len(split.examples)} {name} examples were cut at {limit} tokens; "
            "the ends of their answers are not learned."
        )


def tokenize_split(
    rows: "Dataset", split: Split, tokenizer: "PreTrainedTokenizerBase", max_tokens: int, keep_sources: bool = False
) -> TokenizedSplit:
    """Tokenize the rows of a split. An answer that is too long keeps its start. `keep_sources` keeps the texts too.

    Only the chosen answer of a preference pair is learned, and only good answers of feedback. Raises InputError if the
    columns match no shape, or if no training example has room for a single token of its answer.
    """
    shape_of(rows.column_names)
    kept, read = tee(filter(is_worth_learning, rows))
    examples, truncated, masked, longest_prompt, rewritten, closed = [], 0, 0, 0, 0, 0
    for row, encoded in zip(kept, encode_examples(tokenizer, read), strict=True):
        if encoded.counted[0][0] >= max_tokens:
            masked += 1
            longest_prompt = max(longest_prompt, encoded.counted[0][0])
            continue
        truncated += len(encoded.ids) > max_tokens
        rewritten, closed = rewritten + encoded.rewritten, closed + encoded.closed
        examples.append(tokenized(encoded, max_tokens, row if keep_sources else {}))
    if masked and not examples and split == Split.TRAIN:
        raise InputError(
            f"All {masked} examples of the {split} split have a question of {max_tokens} tokens or more, so no answer "
            "would be learned from.",
            f"Allow more than {longest_prompt} tokens for one example, or shorten these questions.",
        )
    return TokenizedSplit(examples, truncated, masked, len(rows) - masked - len(examples), rewritten, closed)


def tokenized(encoded: Encoded, max_tokens: int, source: dict[str, str]) -> TokenizedExample:
    """An encoded example cut to `max_tokens`."""
    ids = np.array(encoded.ids[:max_tokens], dtype=np.int32)
    counts = None
    if len(encoded.counted) > 1:
        counts = np.zeros(len(ids), dtype=bool)
        for start, end in encoded.counted:
            counts[start:end] = True
    return TokenizedExample(ids, encoded.counted[0][0], counts, source)
