"""Examples as token ids: read, cut to length, put in an order that any step can find again."""

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import tee
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InputError
from core.examples.example import is_worth_learning, shape_of
from core.examples.prompting import Encoded, encode_examples
from core.specs import Split

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class TokenizedExample:
    """One example as the model sees it: `ids` is the prompt, then the answer and its end token.

    `counts`, of conversations with several answers, says of each token whether it is learned from; the first that is
    stands at `prompt_tokens`. `source` is the example that was tokenized, where it was kept.
    """

    ids: np.ndarray
    prompt_tokens: int
    counts: np.ndarray | None = None
    source: dict[str, str] = field(default_factory=dict)

    @property
    def answer_tokens(self) -> int:
        """How many tokens are learned from."""
        return len(self.ids) - self.prompt_tokens if self.counts is None else int(self.counts.sum())


@dataclass(frozen=True)
class TokenizedSplit:
    """All examples of a split that can be learned from.

    `truncated` of them lost the end of their answer to the length limit. Left out are those that are `masked`, as their
    question alone fills it, and those whose answer is `judged_bad`. The chat template writes so many earlier answers
    otherwise later on that they count for nothing (`rewritten`), and began to reason where so many answers do not
    (`closed`).
    """

    examples: list[TokenizedExample]
    truncated: int = 0
    masked: int = 0
    judged_bad: int = 0
    rewritten: int = 0
    closed: int = 0


def tokenize_split(
    rows: "Dataset", split: Split, tokenizer, max_tokens: int, keep_sources: bool = False
) -> TokenizedSplit:
    """Tokenize the rows of a split. An answer that does not fit keeps its start. `keep_sources`: their texts too.

    Of a preference pair the chosen answer is learned, of feedback the answers that are good. Raises InputError when the
    columns are those of no shape, or when no training example leaves room for any token of its answer.
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
            f"All {masked} examples of the {split} split have a question of {max_tokens} tokens or more: "
            "no token of their answer would be learned from.",
            f"Let the longest example have more than {longest_prompt} tokens, or shorten these questions.",
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


@lru_cache(maxsize=1)
def _order(examples: int, epoch: int, seed: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(examples)
