"""Examples as token ids: read, cut to length, put in an order that any step can find again, and padded into batches."""

from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from core.errors import InputError
from core.jobs import Split
from core.models.prompting import answer_ids, messages_of, prompt_ids

if TYPE_CHECKING:
    from datasets import Dataset

NO_LOSS = -100
"""The label of a position that is not learned from: the prompt and the padding."""


@dataclass(frozen=True)
class TokenizedExample:
    """One example as the model sees it: `ids` is the prompt, then the answer and its end token.

    `question` is the text that the prompt asks with, `instruction` and `input`, where it was kept.
    """

    ids: np.ndarray
    prompt_tokens: int
    question: dict[str, str] = field(default_factory=dict)

    @property
    def answer_tokens(self) -> int:
        return len(self.ids) - self.prompt_tokens


@dataclass(frozen=True)
class TokenizedSplit:
    """All examples of a split; `truncated` of them lost the end of their answer to the length limit."""

    examples: list[TokenizedExample]
    truncated: int


def tokenize_split(
    rows: "Dataset", split: Split, tokenizer, max_tokens: int, keep_questions: bool = False
) -> TokenizedSplit:
    """Tokenize the rows of a split. An answer that does not fit keeps its start. `keep_questions`: their text too.

    Raises InputError when columns are missing, or when a prompt leaves no room for any token of its answer: such an
    example would be trained on nothing.
    """
    missing = {"instruction", "output"} - set(rows.column_names)
    if missing:
        raise InputError(
            f"The {split} split has no column {' and no '.join(sorted(missing))}.",
            f"It has: {', '.join(rows.column_names)}. Prepare the data so that each example is asked and answered.",
        )
    examples, truncated, longest_prompt = [], 0, 0
    for row in rows:
        prompt = prompt_ids(tokenizer, messages_of(row))
        answer = answer_ids(tokenizer, row["output"])
        longest_prompt = max(longest_prompt, len(prompt))
        truncated += len(prompt) + len(answer) > max_tokens
        ids = np.array((prompt + answer)[:max_tokens], dtype=np.int32)
        question = {"instruction": row["instruction"], "input": row.get("input") or ""} if keep_questions else {}
        examples.append(TokenizedExample(ids, len(prompt), question))
    full = sum(example.answer_tokens <= 0 for example in examples)
    if full:
        raise InputError(
            f"{full} of {len(examples)} examples of the {split} split have a question of {max_tokens} tokens or more: "
            "no token of their answer would be learned from.",
            f"Raise the sequence length above {longest_prompt}, or shorten these questions.",
        )
    return TokenizedSplit(examples, truncated)


def steps_per_epoch(examples: int, batch_size: int, accumulation: int) -> int:
    """Optimizer steps in one pass; the last one may be smaller."""
    return ceil(examples / (batch_size * accumulation))


def examples_of_step(
    examples: list[TokenizedExample], step: int, batch_size: int, accumulation: int, seed: int
) -> list[list[TokenizedExample]]:
    """The batches that optimizer step `step` (from 0) accumulates.

    A pure function of its arguments: a resumed run sees the same samples as one that was never stopped. Within a step
    the order does not matter to the gradient, so examples of like length share a batch and are padded less.
    """
    epoch, position = divmod(step, steps_per_epoch(len(examples), batch_size, accumulation))
    start = position * batch_size * accumulation
    chosen = _order(len(examples), epoch, seed)[start : start + batch_size * accumulation]
    return in_batches([examples[index] for index in chosen], batch_size)


def in_batches(examples: list[TokenizedExample], batch_size: int) -> list[list[TokenizedExample]]:
    """All of `examples`, shortest first, in batches."""
    ordered = sorted(examples, key=lambda example: len(example.ids))
    return [ordered[start : start + batch_size] for start in range(0, len(ordered), batch_size)]


def collate(batch: list[TokenizedExample], device: torch.device) -> dict[str, Tensor]:
    """`input_ids`, `attention_mask` and `labels`, each batch × longest, padded on the right.

    Labels are NO_LOSS on prompts and padding.
    """
    shape = len(batch), max(len(example.ids) for example in batch)
    ids, mask, labels = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.full(shape, NO_LOSS, np.int64)
    for row, example in enumerate(batch):
        end = len(example.ids)
        ids[row, :end], mask[row, :end] = example.ids, 1
        labels[row, example.prompt_tokens : end] = example.ids[example.prompt_tokens :]
    arrays = {"input_ids": ids, "attention_mask": mask, "labels": labels}
    return {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}


@lru_cache(maxsize=1)
def _order(examples: int, epoch: int, seed: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(examples)
