"""Estimates of the memory a model of the catalogue needs for training and as a GGUF. No ML library is loaded.

Checked against SmolLM2-135M (16-bit LoRA, 512 and 1,024 tokens at a time: 1.9 and 2.9 GB measured).
"""

from core.models.catalogue import CatalogueModel
from core.specs.deployments import DEFAULT_CONTEXT_TOKENS

CHECKPOINTED_FROM_PARAMETERS = 1_000_000_000
"""Larger models train with gradient checkpointing: activations are computed again instead of kept."""

_TOKENS = 512  # per forward pass: one example of this length; gradient accumulation makes larger batches of it
_LORA_RANK = 16
_NF4_BYTES = 0.53  # per 4-bit weight, with its share of scales
_Q4_K_M_BYTES = 0.61
_ADAPTER_BYTES = 16  # per adapter weight in fp32, with its gradient and Adam's two moments
_LOGIT_BYTES = 12  # per logit in 16 bits and in fp32, and its gradient
_CUDA = 1_400_000_000

LIBRARIES = 1_000_000_000
"""Bytes of PyTorch and Transformers in memory."""


def bytes_to_train(model: CatalogueModel, four_bit: bool, gpu: bool) -> int:
    """Bytes for LoRA of rank 16 on all linear layers: weights, adapter, activations, logits and libraries."""
    linear = _linear_shapes(model)
    linear_weights = model.layers * sum(rows * columns for rows, columns in linear)
    others = model.parameters - linear_weights
    weights = linear_weights * (_NF4_BYTES if four_bit else 2) + others * 2
    adapter = model.layers * sum(rows + columns for rows, columns in linear) * _LORA_RANK * _ADAPTER_BYTES
    logits = _TOKENS * model.vocabulary * _LOGIT_BYTES
    activations = _TOKENS * _activation_bytes(model) * (1 if gpu else 2)  # a CPU may have to use 32 bits
    return round(weights + adapter + logits + activations + (_CUDA if gpu else LIBRARIES))


def bytes_to_run(model: CatalogueModel) -> int:
    """Bytes as a q4_k_m GGUF, with the KV cache of the default context."""
    cache = model.layers * 2 * model.key_width * 2 * min(model.context, DEFAULT_CONTEXT_TOKENS)
    return round(model.parameters * _Q4_K_M_BYTES + cache + 300_000_000)


def _linear_shapes(model: CatalogueModel) -> list[tuple[int, int]]:
    """Rows and columns of the linear layers of one block."""
    query = model.query_width or model.width
    attention = [(query, model.width), *[(model.key_width, model.width)] * 2, (model.width, query)]
    return [*attention, *[(model.inner, model.width)] * 2, (model.width, model.inner)]


def _activation_bytes(model: CatalogueModel) -> int:
    """Bytes of one token's activations kept for the backward pass: 16-bit, with LoRA's inputs in 32."""
    query = model.query_width or model.width
    block = 2 * (8 * model.width + 2 * model.key_width + 2 * query + 4 * model.inner) + 8 * model.width
    block += 4 * (5 * model.width + query + model.inner)
    if model.parameters > CHECKPOINTED_FROM_PARAMETERS:
        return model.layers * model.width * 2 + block
    return model.layers * block
