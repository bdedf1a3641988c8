"""Batches as tensors: packed into one row if the model supports it, otherwise padded.

Both ask for logits only where an answer token follows: with a vocabulary of 50,000 they cost more than a layer.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module

from core.training.compute.loss import NO_LOSS
from core.training.compute.packing import pack
from core.training.objectives.examples import TokenizedExample


class Batch(NamedTuple):
    """`inputs` are the model's keyword arguments. `labels`, int64, (rows, positions), hold the token that follows each
    of the model's last `positions` logits, or NO_LOSS where none is learned. `spans` holds for each example the start
    and end of its learned tokens in the flattened labels."""

    inputs: dict
    labels: Tensor
    spans: list[tuple[int, int]]


MakeBatch = Callable[[Sequence[TokenizedExample], torch.device], Batch]


def batches_for(model: Module, packing: str) -> tuple[MakeBatch, bool]:
    """How this model's batches are made, and whether half a batch gives half of the loss, bit for bit.

    Half of a padded batch may be padded to another length. Switches the model's attention to packed rows.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    torch.backends.cuda.enable_cudnn_sdp(False)  # it compiles a kernel for each length, and batches have many
    if packing == "auto" and pack(base):
        return packed, True
    return padded, False


def packed(examples: Sequence[TokenizedExample], device: torch.device) -> Batch:
    """All examples in one row; `segments` and position ids mark where each begins. Labels: (1, learned tokens)."""
    ends = np.cumsum([len(example.ids) for example in examples]).tolist()
    starts = [0, *ends[:-1]]
    learned = [start + _learned(example) for start, example in zip(starts, examples, strict=True)]
    ids = torch.from_numpy(np.concatenate([example.ids for example in examples]).astype(np.int64)).to(device)
    positions = torch.cat([torch.arange(len(example.ids)) for example in examples]).to(device)
    places = torch.from_numpy(np.concatenate(learned)).to(device)
    inputs = {
        "input_ids": ids[None],
        "position_ids": positions[None],
        "segments": list(zip(starts, ends, strict=True)),
        "logits_to_keep": places - 1,
    }
    bounds = np.cumsum([0, *(len(part) for part in learned)]).tolist()
    return Batch(inputs, ids[places][None], list(zip(bounds, bounds[1:], strict=False)))


def padded(examples: Sequence[TokenizedExample], device: torch.device) -> Batch:
    """One row per example, padded on the right. Labels: (examples, positions after the shortest prompt)."""
    shape = len(examples), max(len(example.ids) for example in examples)
    ids, mask, labels = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.full(shape, NO_LOSS, np.int64)
    first = min(example.prompt_tokens for example in examples) - 1
    spans = []
    for row, example in enumerate(examples):
        learned = _learned(example)
        ids[row, : len(example.ids)], mask[row, : len(example.ids)] = example.ids, 1
        labels[row, learned - 1] = example.ids[learned]
        start = row * (shape[1] - first) - first - 1
        spans.append((start + learned[0], start + learned[-1] + 1))
    inputs = {
        "input_ids": torch.from_numpy(ids).to(device),
        "attention_mask": torch.from_numpy(mask).to(device),
        "logits_to_keep": shape[1] - first,
    }
    return Batch(inputs, torch.from_numpy(labels[:, first:]).to(device), spans)


def _learned(example: TokenizedExample) -> np.ndarray:
    """Indices of the tokens that are learned from, int64, (learned tokens,)."""
    if example.counts is not None:
        return np.flatnonzero(example.counts)
    return np.arange(example.prompt_tokens, len(example.ids))
