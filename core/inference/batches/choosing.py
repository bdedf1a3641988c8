"""Chooses the next tokens of several sequences at once, on the model's device."""

from collections.abc import Sequence

import numpy as np
import torch

from core.errors import UnavailableError


def chosen(logits: torch.Tensor, temperature: float, dice: Sequence[np.random.Generator]) -> torch.Tensor:
    """The next token of each row of `logits`, shape (rows, vocabulary) → (rows,), int64.

    The likeliest at temperature 0; otherwise drawn with one number of each row's `dice`, as `sampling.Sampler` draws
    without a nucleus. Raises UnavailableError for NaN or infinity.
    """
    highest, tokens = logits.max(-1)
    if not highest.isfinite().all():
        raise UnavailableError("The model's output is not a number.", "Its weights are damaged: train it again.")
    if temperature == 0:
        return tokens
    reached = torch.softmax(logits.double() / temperature, -1).cumsum(-1)
    drawn = torch.tensor([one.random() for one in dice], dtype=torch.float64, device=logits.device)
    places = torch.searchsorted(reached, drawn[:, None] * reached[:, -1:], right=True)[:, 0]
    return places.clamp(max=logits.shape[-1] - 1)
