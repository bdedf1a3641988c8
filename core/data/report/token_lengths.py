"""Measures the lengths of examples in tokens, as the model sees them in training."""

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from core.data.overlap.selection import Selection
from core.data.report.pools import spread_out
from core.data.screening.examples import Examples
from core.processes.pool import Pool
from core.specs import PrepareSpec

if TYPE_CHECKING:
    from core.data.store.tokenizing import Lengths

_NO_LIMIT = 1 << 30


@dataclass
class TokenLengths:
    """Lengths in tokens of the examples at `indices`, for `model` with a context of `limit` tokens."""

    model: str
    limit: int
    indices: np.ndarray
    lengths: np.ndarray
    """int64 [n]."""
    counted: np.ndarray
    """Tokens within the limit that count towards the loss, int64 [n]."""
    shared: int
    """Tokens that all prompts begin with."""

    @property
    def too_long(self) -> np.ndarray:
        """The examples that do not fit into the context."""
        return self.indices[self.lengths > self.limit]

    @property
    def masked(self) -> np.ndarray:
        """The examples with no token that counts towards the loss."""
        return self.indices[self.counted == 0]


def measure_tokens(
    selection: Selection, spec: PrepareSpec, indices: np.ndarray, pool: Pool | None = None
) -> TokenLengths:
    """The lengths of the examples at `indices`. Raises a TunewrightError where the tokenizer cannot be loaded."""
    from core.data.store.tokenizing import common_beginning

    parts = spread_out(partial(TokenCounter, selection.kept, spec), indices, pool)
    lengths, counted, beginnings = zip(*parts, strict=True)
    return TokenLengths(
        spec.model,
        _token_limit(spec),
        indices,
        np.concatenate(lengths),
        np.concatenate(counted),
        len(common_beginning(beginnings)),
    )


class TokenCounter:
    """Tokenizes examples. Runs in several processes if there are many."""

    def __init__(self, examples: Examples, spec: PrepareSpec):
        from core.data.store.tokenizing import load_light_tokenizer

        self._examples = examples
        self._tokenizer = load_light_tokenizer(spec.model)
        self._limit = _token_limit(spec)

    def __call__(self, indices: np.ndarray) -> "Lengths":
        from core.data.store.tokenizing import token_lengths

        return token_lengths(self._examples.examples(indices), self._tokenizer, self._limit)


def _token_limit(spec: PrepareSpec) -> int:
    """The context length: as asked for, or from the model's config.json."""
    if spec.max_tokens:
        return spec.max_tokens
    from core.models.folders import base_folder
    from core.models.references import locate

    config = base_folder(locate(spec.model)) / "config.json"
    facts = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
    facts |= facts.get("text_config", {})  # in models that also take images
    return facts.get("max_position_embeddings") or _NO_LIMIT
