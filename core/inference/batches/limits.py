"""How many answers are written at once."""

import os.path
from collections.abc import Sequence

MOST_ON_CPU, MOST_ON_GPU = 32, 256
"""Sequences in a batch. On a CPU, matrix products with more rows take proportionally longer."""
CACHE_SHARE = 1 / 8
"""Of the memory, for the KV cache of all sequences; the weights and what a pass computes need the rest."""


def common_prefix(prompts: Sequence[list[int]]) -> list[int]:
    """The tokens that all prompts begin with, such as a system prompt; at least one of each prompt is left."""
    if len(prompts) < 2:
        return []
    shared = os.path.commonprefix([min(prompts), max(prompts)])
    return shared[: min(map(len, prompts)) - 1]
