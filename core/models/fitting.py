"""What a machine can do with a model of the catalogue: train it in 16 or 4 bits, run it, and why not. No ML library.

Estimates. Held against SmolLM2-135M here (16-bit LoRA, 512 and 1,024 tokens at a time: 1.9 and 2.9 GB measured).
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from core.machine import Machine
from core.models.catalogue import CatalogueModel, find_in_catalogue
from core.models.references import locate
from core.specs.deployments import DEFAULT_CONTEXT_TOKENS

TOKENS = 512
"""Tokens looked at together: one example of this length. Gradient accumulation makes larger batches of it."""
LORA_RANK = 16

_CHECKPOINTED_FROM = 1_000_000_000  # parameters: activations are worked out again above it, see core/training/train.py
_NF4_BYTES = 0.53  # a weight in 4 bits with its share of scales
_Q4_K_M_BYTES = 0.61
_ADAPTER_BYTES = 16  # a weight of the adapter in fp32, with its gradient and Adam's two moments
_LOGIT_BYTES = 12  # a logit in 16 bits and in fp32, and its gradient
_LIBRARIES = 1_000_000_000  # PyTorch and Transformers in memory
_CUDA = 1_400_000_000
_FILES_SHARE = 2.5  # of a model's files: its 16-bit weights, an adapter, activations; wide of what was measured
_USABLE = 0.9  # of a memory: the rest is the system's
_TOKENS_A_SECOND = 75 * 135_000_000  # of one core, times parameters
_JOB_TOKENS = 600_000  # 1,000 examples of 200 tokens, three times
_SLOW_HOURS = 6


@dataclass(frozen=True)
class Fit:
    """What fits: the widest way to train that does, whether the model runs as a GGUF of 4 bits, and why, in words."""

    trains: Literal["16-bit", "4-bit"] | None
    runs: bool
    reason: str


def bytes_to_train(model: CatalogueModel, four_bit: bool, gpu: bool) -> int:
    """LoRA of rank 16 on all linear layers: weights, adapter, activations, logits and libraries."""
    linear = _linear_shapes(model)
    linear_weights = model.layers * sum(rows * columns for rows, columns in linear)
    others = model.parameters - linear_weights
    weights = linear_weights * (_NF4_BYTES if four_bit else 2) + others * 2
    adapter = model.layers * sum(rows + columns for rows, columns in linear) * LORA_RANK * _ADAPTER_BYTES
    logits = TOKENS * model.vocabulary * _LOGIT_BYTES
    activations = TOKENS * _activation_bytes(model) * (1 if gpu else 2)  # a CPU may have to use 32 bits
    return round(weights + adapter + logits + activations + (_CUDA if gpu else _LIBRARIES))


def bytes_to_run(model: CatalogueModel) -> int:
    """As a q4_k_m GGUF with a context of 4,096 tokens."""
    cache = model.layers * 2 * model.key_width * 2 * min(model.context, DEFAULT_CONTEXT_TOKENS)
    return round(model.parameters * _Q4_K_M_BYTES + cache + 300_000_000)


def fit(model: CatalogueModel, machine: Machine) -> Fit:
    """What `machine` can do with `model`."""
    gpu = machine.gpu_bytes > 0
    usable = _USABLE * (machine.gpu_bytes if gpu else machine.memory_bytes)
    memory = f"{_gb(machine.gpu_bytes)} of GPU memory" if gpu else f"{_gb(machine.memory_bytes)} of memory"
    need = {bits: bytes_to_train(model, bits == "4-bit", gpu) for bits in ("16-bit", "4-bit")}
    runs = bytes_to_run(model) <= _USABLE * machine.memory_bytes
    trains = next((bits for bits in need if need[bits] <= usable), None)
    if trains is None:
        able = "It runs here as a GGUF" if runs else f"Running it needs {_gb(bytes_to_run(model))}"
        reason = f"Training needs {_gb(need['4-bit'])} even with 4-bit weights; this machine has {memory}. {able}."
    elif trains == "4-bit":
        reason = f"16-bit weights need {_gb(need['16-bit'])}, 4-bit weights {_gb(need['4-bit'])} of the {memory} here."
    else:
        reason = f"Training needs {_gb(need['16-bit'])} of the {memory} here."
    hours = _JOB_TOKENS * model.parameters / (_TOKENS_A_SECOND * (os.cpu_count() or 1)) / 3600
    if trains and not gpu and hours > _SLOW_HOURS:
        reason += f" Without a GPU it is slow: about {hours:,.0f} hours for 1,000 examples."
    return Fit(trains, runs, reason)


class Weights(NamedTuple):
    """How the base's weights are held while an adapter is trained over them, and why, in words."""

    four_bit: bool
    reason: str


def weights_to_train(reference: str, machine: Machine) -> Weights:
    """16-bit weights (LoRA) where they fit into `machine`, else 4-bit ones (QLoRA), which need less and learn as well.

    A model that is not in the catalogue is judged by the size of its files. Raises what `locate` raises.
    """
    known = find_in_catalogue(reference)
    if known:
        needed = bytes_to_train(known, four_bit=False, gpu=machine.gpu_bytes > 0)
    else:
        location = locate(reference)
        if location.kind != "transformers":
            return Weights(
                True, "Its size is not known before it is downloaded, and 4-bit weights need the least memory."
            )
        files = sum(path.stat().st_size for path in Path(location.path).glob("*.safetensors"))
        needed = _FILES_SHARE * files + _LIBRARIES
    memory = machine.gpu_bytes or machine.memory_bytes
    if needed > _USABLE * memory:
        return Weights(True, f"16-bit weights would need {_gb(needed)} of the {_gb(memory)} here: 4-bit weights fit.")
    return Weights(
        False,
        f"16-bit weights fit: {_gb(needed)} of the {_gb(memory)} here. They are faster, above all on a CPU, and the "
        "adapter is merged into them without dequantizing.",
    )


def _linear_shapes(model: CatalogueModel) -> list[tuple[int, int]]:
    """Rows and columns of the linear layers of one block."""
    query = model.query_width or model.width
    attention = [(query, model.width), *[(model.key_width, model.width)] * 2, (model.width, query)]
    return [*attention, *[(model.inner, model.width)] * 2, (model.width, model.inner)]


def _activation_bytes(model: CatalogueModel) -> int:
    """What a token leaves behind for the backward pass, in 16 bits, with LoRA's inputs in 32."""
    query = model.query_width or model.width
    block = 2 * (8 * model.width + 2 * model.key_width + 2 * query + 4 * model.inner) + 8 * model.width
    block += 4 * (5 * model.width + query + model.inner)
    if model.parameters > _CHECKPOINTED_FROM:
        return model.layers * model.width * 2 + block
    return model.layers * block


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size < 10e9 else f"{size / 1e9:.0f} GB"
