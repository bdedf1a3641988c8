"""How a model in training computes its forward pass: precision, recomputation, noise, fused kernels."""

from functools import wraps
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import Module

from core.forecast.setup import CHECKPOINTED_FROM_PARAMETERS
from core.models.precision import Precision, device
from core.specs import TrainSpec
from core.training.compute.blocks import compute_by_hand
from core.training.compute.fused_lora import fuse_lora

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


def set_up_forward(model: "PeftModel | PreTrainedModel", spec: TrainSpec, precision: Precision) -> None:
    """Make `model` compute as `spec` asks."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    compute_in(base, precision)
    if spec.use_liger:
        from transformers.integrations.liger import apply_liger_kernel

        # The loss has its own blockwise cross entropy, which methods other than supervised fine-tuning use too.
        apply_liger_kernel(base, {"cross_entropy": False, "fused_linear_cross_entropy": False})
    if spec.neftune_alpha:
        add_embedding_noise(base, spec.neftune_alpha)
    large = model.num_parameters() > CHECKPOINTED_FROM_PARAMETERS
    if large if spec.gradient_checkpointing is None else spec.gradient_checkpointing:
        model.activation_checkpointing_enable({"use_reentrant": False})  # gradient checkpointing, by its new name
    elif spec.packing == "auto" and spec.method != "grpo":  # for packed rows, which TRL has none of
        compute_by_hand(base)
    fuse_lora(model)


def compute_in(base: "PreTrainedModel", precision: Precision) -> None:
    """Run the forward pass under autocast, whoever calls it: float32 weights are cast as they are used."""
    if precision == "float32":
        return
    forward, dtype = base.forward, getattr(torch, precision)

    @wraps(forward)
    def cast_forward(*inputs, **named):
        # The cache of cast weights is shared by all threads, so the two halves of a batch would share their graphs.
        with torch.autocast(device().type, dtype, cache_enabled=False):
            return forward(*inputs, **named)

    base.forward = cast_forward


def add_embedding_noise(base: "PreTrainedModel", alpha: float) -> None:
    """NEFTune (Jain et al., 2023, arXiv:2310.05914): uniform noise on the embeddings, in training mode only.

    Its largest value is alpha / √(tokens × width). Tokens are those of an example, whether it is padded or packed.
    """
    lengths: Tensor | int = 0

    def remember_lengths(_: Module, inputs: tuple, named: dict) -> None:
        nonlocal lengths
        lengths = _tokens(inputs[0] if inputs else named["input_ids"], named)

    def noisy(embedding: Module, _: tuple, out: Tensor) -> Tensor:
        if not embedding.training:
            return out
        largest = alpha / (lengths * out.shape[-1]) ** 0.5
        return out + (torch.empty_like(out).uniform_(-1, 1) * largest).to(out.dtype)

    base.register_forward_pre_hook(remember_lengths, with_kwargs=True)
    base.get_input_embeddings().register_forward_hook(noisy)


def _tokens(ids: Tensor, named: dict) -> Tensor | int:
    """How many tokens the example has that each position belongs to, to be broadcast with (rows, tokens, width)."""
    if segments := named.get("segments"):
        counts = torch.tensor([end - start for start, end in segments], device=ids.device)
        return counts.repeat_interleave(counts)[None, :, None]
    if (mask := named.get("attention_mask")) is not None:
        return mask.sum(1)[:, None, None]
    return ids.shape[1]
