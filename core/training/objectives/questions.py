"""Questions that a model answers while it is trained (GRPO), as token ids, with the dataset's answers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.examples.encoding import encode_examples
from core.examples.example import answer_text, is_worth_learning, question_text
from core.specs import Split
from core.training.objectives.examples import TokenizedSplit, no_room_error

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Question:
    """A question: `prompt` is what the model reads, `expected` the dataset's answer. Its weight is 1.

    `ids`, int32, (tokens,), is the prompt with the dataset's answer.
    """

    prompt: list[int]
    text: str
    expected: str
    ids: np.ndarray
    weight = 1

    @property
    def length(self) -> int:
        return len(self.prompt)


def questions_of(
    rows: "Dataset", split: Split, tokenizer: "PreTrainedTokenizerBase", max_tokens: int, answer_tokens: int
) -> TokenizedSplit:
    """The questions of a split, without those too long to leave `answer_tokens` within `max_tokens`.

    Raises InputError if no question of a training split is short enough.
    """
    read = [row for row in rows if is_worth_learning(row)]
    room, kept, longest = max_tokens - answer_tokens, [], 0
    for row, encoded in zip(read, encode_examples(tokenizer, read), strict=True):
        if len(encoded.prompt) > room:
            longest = max(longest, len(encoded.prompt))
            continue
        ids = np.array(encoded.ids[:max_tokens], dtype=np.int32)
        kept.append(Question(encoded.prompt, question_text(row), answer_text(row), ids))
    if read and not kept and split == Split.TRAIN:
        raise no_room_error(len(read), split, max(room, 0), longest)
    return TokenizedSplit(kept, masked=len(read) - len(kept), judged_bad=len(rows) - len(read))
