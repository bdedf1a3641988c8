"""What a model puts out for the sample of an export: token ids, special tokens, logits."""

from dataclasses import dataclass

import numpy as np

from core.gguf.weights import Distance


@dataclass(frozen=True)
class SpecialTokens:
    """The token ids around an answer. Only a GGUF has `end` and `other_ends`, only a source has `not_text`."""

    begin: int | None
    """Of a sequence; None if the model names none."""
    ends: frozenset[int]
    """All that end an answer."""
    end: int | None = None
    """The one that the metadata declare as end-of-sequence token."""
    other_ends: frozenset[int] = frozenset()
    """Further ones that the metadata declare (end of turn, end of message)."""
    not_text: frozenset[int] = frozenset()
    """All special tokens."""


@dataclass(frozen=True)
class Outputs:
    """What one model puts out."""

    tokens: dict[str, list[list[int]]]
    """Token ids of the sample by kind of text."""
    first: np.ndarray
    """Logits after `first_sequences`, shape (sequences, vocabulary)."""
    scored: np.ndarray | None = None
    """Logits over `scored_sequences`, shape (positions, vocabulary)."""
    special: SpecialTokens | None = None
    distance: Distance | None = None
    """How far quantized weights are from f16."""
    ended: list[list[int]] | None = None
    """Of a source: a prompt and an answer that it ended by itself, as token ids."""
    ends_by_itself: bool | None = None
    """Of a GGUF: whether it ends that answer too."""
