"""Examples as token ids: the rows of a split tokenized and cut to the context, and how many lost something."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import tee
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InputError
from core.examples.encoding import Encoded, encode_examples
from core.examples.example import is_worth_learning, shape_of
from core.specs import Split
from core.specs.train import TrainOn
from core.training.objectives.objective import Example

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

    `truncated`: the end of an answer exceeds the length limit. `masked`: dropped, because nothing of the answers lies
    within it. `judged_bad`: dropped, because feedback calls the answer bad. `rewritten`: earlier answers that the chat
    template writes differently later on, so they are not learned. `closed`: answers without reasoning where the
    template's prompt opens with reasoning.
    """

    examples: Sequence[Example]
    truncated: int = 0
    masked: int = 0
    judged_bad: int = 0
    rewritten: int = 0
    closed: int = 0


def tokenize_split(
    rows: "Dataset",
    split: Split,
    tokenizer: "PreTrainedTokenizerBase",
    max_tokens: int,
    keep_sources: bool = False,
    train_on: TrainOn = "answers",
) -> TokenizedSplit:
    """Tokenize the rows of a split. An answer that is too long keeps its start. `keep_sources` keeps the texts too.

    Only the chosen answer of a preference pair is learned, and only good answers of feedback. Raises InputError if the
    columns match no shape, or if no training example has room for a single token of its answer.
    """
    shape_of(rows.column_names)
    kept, read = tee(filter(is_worth_learning, rows))
    examples, truncated, masked, longest_prompt, rewritten, closed = [], 0, 0, 0, 0, 0
    for row, encoded in zip(kept, encode_examples(tokenizer, read), strict=True):
        learned = encoded.learned(train_on)
        if learned[0][0] >= max_tokens:
            masked += 1
            longest_prompt = max(longest_prompt, learned[0][0])
            continue
        truncated += len(encoded.ids) > max_tokens
        rewritten, closed = rewritten + encoded.rewritten, closed + encoded.closed
        examples.append(tokenized(encoded, max_tokens, row if keep_sources else {}, train_on))
    if masked and not examples and split == Split.TRAIN:
        raise no_room_error(masked, split, max_tokens, longest_prompt)
    return TokenizedSplit(examples, truncated, masked, len(rows) - masked - len(examples), rewritten, closed)


def tokenized(
    encoded: Encoded, max_tokens: int, source: dict[str, str] | None = None, train_on: TrainOn = "answers"
) -> TokenizedExample:
    """An encoded example cut to `max_tokens`."""
    ids = np.array(encoded.ids[:max_tokens], dtype=np.int32)
    counts, learned = None, encoded.learned(train_on)
    if len(learned) > 1:
        counts = np.zeros(len(ids), dtype=bool)
        for start, end in learned:
            counts[start:end] = True
    return TokenizedExample(ids, learned[0][0], counts, source or {})


def no_room_error(masked: int, split: Split, max_tokens: int, longest_prompt: int) -> InputError:
    """No example of a split has room for a single token of its answer."""
    return InputError(
        f"All {masked} examples of the {split} split have a question of {max_tokens} tokens or more, so no answer "
        "would be learned from.",
        f"Allow more than {longest_prompt} tokens for one example, or shorten these questions.",
    )
