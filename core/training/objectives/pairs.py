"""Examples with a better and a worse answer, and answers judged good or bad, as token ids."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.examples.encoding import Encoded, encode_examples
from core.examples.example import shape_of
from core.shape import Shape
from core.specs import Split
from core.training.objectives.examples import TokenizedExample, TokenizedSplit, no_room_error, tokenized

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Pair:
    """A question with a better and a worse answer. Its weight is 1.

    `reference`: the log-probabilities (nats) that the base gives the two answers, where the method asks for them.
    `share`: what one nat of the better answer's whole text counts; see `preference.Orpo`.
    """

    chosen: TokenizedExample
    rejected: TokenizedExample
    reference: tuple[float, ...] = ()
    share: float = 1.0
    weight = 1

    @property
    def sequences(self) -> tuple[TokenizedExample, TokenizedExample]:
        """What the reference is computed for."""
        return self.chosen, self.rejected

    @property
    def ids(self) -> np.ndarray:
        return self.chosen.ids

    @property
    def length(self) -> int:
        return self.chosen.length + self.rejected.length


@dataclass(frozen=True)
class Judged:
    """A question with an answer judged good or bad, and with the answer to another question. Its weight is 1.

    `mismatched` shows how far the model has moved from its base on answers that do not matter. `reference`: the
    log-probabilities (nats) that the base gives the two answers. `share`: examples per example of this judgement.
    """

    answer: TokenizedExample
    good: bool
    mismatched: TokenizedExample
    reference: tuple[float, ...] = ()
    share: float = 0.0
    weight = 1

    @property
    def sequences(self) -> tuple[TokenizedExample, TokenizedExample]:
        """What the reference is computed for."""
        return self.answer, self.mismatched

    @property
    def ids(self) -> np.ndarray:
        return self.answer.ids

    @property
    def length(self) -> int:
        return self.answer.length + self.mismatched.length


def pairs_of(rows: "Dataset", split: Split, tokenizer: "PreTrainedTokenizerBase", max_tokens: int) -> TokenizedSplit:
    """The preference pairs of a split, both answers cut at `max_tokens`.

    Pairs are left out whose question alone fills the limit, or whose answers differ only beyond it. Raises InputError
    if that is all of a training split.
    """
    kept, truncated, longest_prompt = [], 0, 0
    for better, worse in _both(tokenizer, rows):
        prompt_tokens = max(len(better.prompt), len(worse.prompt))
        if prompt_tokens >= max_tokens or better.ids[:max_tokens] == worse.ids[:max_tokens]:
            longest_prompt = max(longest_prompt, prompt_tokens)
            continue
        truncated += max(len(better.ids), len(worse.ids)) > max_tokens
        kept.append(Pair(tokenized(better, max_tokens), tokenized(worse, max_tokens)))
    if len(rows) and not kept and split == Split.TRAIN:
        raise no_room_error(len(rows), split, max_tokens, longest_prompt)
    return TokenizedSplit(kept, truncated, len(rows) - len(kept))


def judged_of(rows: "Dataset", split: Split, tokenizer: "PreTrainedTokenizerBase", max_tokens: int) -> TokenizedSplit:
    """The judged answers of a split, cut at `max_tokens`; a preference pair is a good and a bad one.

    An answer is left out whose question alone fills the limit. Raises InputError if that is all of a training split.
    """
    if shape_of(rows.column_names) is Shape.PREFERENCE:
        answers = [
            (one, good) for both in _both(tokenizer, rows) for one, good in zip(both, (True, False), strict=True)
        ]
    else:
        goods = (row["label"] == "good" for row in rows)
        answers = list(zip(encode_examples(tokenizer, rows), goods, strict=True))
    kept = [(tokenized(one, max_tokens), good) for one, good in answers if len(one.prompt) < max_tokens]
    if answers and not kept and split == Split.TRAIN:
        raise no_room_error(len(answers), split, max_tokens, max(len(one.prompt) for one, _ in answers))
    truncated = sum(len(one.prompt) < max_tokens < len(one.ids) for one, _ in answers)
    others = _mismatched([one for one, _ in kept], max_tokens)
    examples = [Judged(one, good, other) for (one, good), other in zip(kept, others, strict=True)]
    return TokenizedSplit(examples, truncated, len(answers) - len(kept))


def _both(tokenizer: "PreTrainedTokenizerBase", rows: "Dataset") -> Iterable[tuple[Encoded, Encoded]]:
    """Each row's question with its better and with its worse answer."""
    worse = ({**row, "chosen": row["rejected"]} for row in rows)
    return zip(encode_examples(tokenizer, rows), encode_examples(tokenizer, worse), strict=True)


def _mismatched(examples: list[TokenizedExample], max_tokens: int) -> Iterator[TokenizedExample]:
    """Each example's question with the answer of the nearest example before it that asks something else."""
    for place, one in enumerate(examples):
        prompt = one.ids[: one.prompt_tokens]
        others = (examples[place - back] for back in range(1, len(examples)))
        other = next((each for each in others if not np.array_equal(each.ids[: each.prompt_tokens], prompt)), one)
        ids = np.concatenate([prompt, other.ids[other.prompt_tokens :]])
        yield TokenizedExample(ids[:max_tokens], one.prompt_tokens)
