"""On which tokens of the sample logits are compared."""

from itertools import zip_longest

import numpy as np

from core.export.probing.outputs import Outputs

_FIRST_SEQUENCES, _FIRST_TOKENS = 16, 256
_SCORED_BYTES = 64 << 20
_MOST_POSITIONS, _LONGEST_SEQUENCE = 512, 512


def first_sequences(tokens: dict) -> list[list[int]]:
    """The contexts of the first logits, as when an answer begins: chat prompts and texts alternately, truncated."""
    turns = [ids for pair in zip_longest(tokens["prompts"], tokens["texts"]) for ids in pair]
    return [ids[:_FIRST_TOKENS] for ids in turns if ids][:_FIRST_SEQUENCES]


def scored_sequences(source: Outputs) -> list[tuple[list[int], int]]:
    """Token ids, and the position from which predictions are compared: the answers, or plain text if none is known."""
    tokens = source.tokens
    pairs = zip(tokens["prompts"], tokens.get("answers", []), strict=False)
    candidates = [(prompt + answer, len(prompt)) for prompt, answer in pairs if answer]
    candidates = candidates or [(ids, 1) for ids in tokens["texts"]]
    left = max(64, min(_MOST_POSITIONS, _SCORED_BYTES // (4 * source.first.shape[1])))
    chosen = []
    for ids, start in candidates:
        ids = ids[: min(_LONGEST_SEQUENCE, start + left)]
        if len(ids) > start:
            chosen.append((ids, start))
            left -= len(ids) - start
        if left == 0:
            break
    return chosen


def scored_targets(source: Outputs) -> np.ndarray:
    """The token ids that `Outputs.scored` predicts, shape (positions,)."""
    return np.concatenate([ids[start:] for ids, start in scored_sequences(source)])
