"""Plain texts for continued pretraining, in windows of the context length. Nothing is lost."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from core.examples.encoding import encode_examples
from core.specs import Split
from core.training.objectives.examples import TokenizedExample, TokenizedSplit

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase


def windows_of(rows: "Dataset", split: Split, tokenizer: "PreTrainedTokenizerBase", max_tokens: int) -> TokenizedSplit:
    """The texts of a split in windows of up to `max_tokens`: every token is learned once, but a text's first.

    A window begins with the last token of the one before, so that its own first token has something to follow.
    """
    texts = (np.array(encoded.ids, np.int32) for encoded in encode_examples(tokenizer, rows))
    return TokenizedSplit([TokenizedExample(window, 1) for ids in texts for window in _windows(ids, max_tokens)])


def _windows(ids: np.ndarray, max_tokens: int) -> Iterator[np.ndarray]:
    for start in range(0, len(ids) - 1, max_tokens - 1):
        yield ids[start : start + max_tokens]
