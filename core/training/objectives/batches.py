"""Batches as tensors: packed into one row if the model supports it, otherwise padded.

Both ask for logits only where an answer token follows: with a vocabulary of 50,000 they cost more than a layer.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import Dropout, Module

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
        return partial(packed, share=not draws_numbers(model)), True
    return padded, False


def draws_numbers(model: Module) -> bool:
    """Whether training draws random numbers for each token: dropout, or noise that a hook adds to embeddings."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    dropout = any(isinstance(module, Dropout) and module.p for module in model.modules())
    in_attention = getattr(base.config.get_text_config(), "attention_dropout", 0)
    return bool(dropout or in_attention or base.get_input_embeddings()._forward_hooks)


def packed(examples: Sequence[TokenizedExample], device: torch.device, share: bool = True) -> Batch:
    """All examples in one row; `segments` and position ids mark where each begins. Labels: (1, learned tokens).

    With `share`, the tokens that all examples begin with, such as a system prompt, come once, before the first: causal
    attention computes the same for them in each. They are `shared` many.
    """
    shared = _shared_tokens(examples) if share else 0
    own = [example.ids[shared:] for example in examples]
    ends = (shared + np.cumsum([len(ids) for ids in own])).tolist()
    starts = [shared, *ends[:-1]]
    learned = [start - shared + _learned(example) for start, example in zip(starts, examples, strict=True)]
    ids = torch.from_numpy(np.concatenate([examples[0].ids[:shared], *own]).astype(np.int64)).to(device)
    positions = [torch.arange(shared), *(torch.arange(shared, len(example.ids)) for example in examples)]
    places = torch.from_numpy(np.concatenate(learned)).to(device)
    inputs = {
        "input_ids": ids[None],
        "position_ids": torch.cat(positions).to(device)[None],
        "segments": list(zip(starts, ends, strict=True)),
        "shared": shared,
        "logits_to_keep": places - 1,
    }
    bounds = np.cumsum([0, *(len(part) for part in learned)]).tolist()
    return Batch(inputs, ids[places][None], list(zip(bounds, bounds[1:], strict=False)))


def _shared_tokens(examples: Sequence[TokenizedExample]) -> int:
    """How many tokens all examples begin with. The one before an example's first learned token is always its own."""
    if len(examples) == 1:
        return 0
    most = min(example.prompt_tokens for example in examples) - 1
    same = np.all([example.ids[:most] == examples[0].ids[:most] for example in examples], axis=0)
    return most if same.all() else int(same.argmin())


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
