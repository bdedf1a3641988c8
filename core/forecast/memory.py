"""The memory a training takes at its peak, from the model's shape, the settings and the largest batch.

Activations are counted tensor by tensor: what each operation of a block keeps for its backward pass. Only the
libraries' share and the allocator's loss are measured, with other settings than `tests/benchmarks/forecast.py` shows.
"""

from dataclasses import dataclass

from core.forecast.lengths import BatchSize
from core.forecast.setup import LONGEST_BY_PRODUCTS, Setup
from core.forecast.shape import ModelShape

_TILE = 4096, 32_768
"""Tokens and vocabulary of the logits that TRL's head computes at a time."""
_NF4_BYTES, _INT8_BYTES = 0.516, 1.01
"""Per weight, with its share of scales (NF4 with double quantization: 4 bits and 0.127)."""
_CUDA = 1_400_000_000
LIBRARIES = 640_000_000
"""Resident bytes of Python with PyTorch, Transformers, PEFT and bitsandbytes."""
_HELD = {"cpu": 1.9, "gpu": 1.15}
"""What is resident for each byte that is kept: results in passing, and freed memory that glibc does not give back."""


_NORMED_TWICE = frozenset({"gemma2", "gemma3_text", "glm4"})
"""Families that also normalize what attention and the feed-forward layer return."""
_HEADS_NORMED = frozenset({"gemma3_text", "olmo2", "qwen3", "qwen3_moe"})
"""Families that also normalize queries and keys."""
_UNGATED_OPERATIONS = 6
"""Families without a gate compute their activation function in several operations, each of which keeps something."""


@dataclass(frozen=True)
class Memory:
    """Resident bytes of a training's process (on a GPU, of the GPU) by purpose. Reading files comes before training."""

    libraries: int
    weights: int
    adapter: int
    """Weights that learn, with gradient and optimizer state."""
    activations: int
    logits: int
    reading: int
    """While the weights are read: the files' pages in memory."""

    @property
    def training(self) -> int:
        return self.libraries + self.weights + self.adapter + self.activations + self.logits

    @property
    def peak(self) -> int:
        return max(self.training, self.libraries + self.weights + self.reading)


def memory_of(shape: ModelShape, setup: Setup, batch: BatchSize) -> Memory:
    """The peak memory of training on batches of which `batch` is the largest."""
    batch = batch if setup.packed else batch.padded
    trained, held = setup.trained_weights(shape), _HELD["gpu" if setup.on_gpu else "cpu"]
    others = shape.parameters - shape.linear_weights
    bytes_each = {4: _NF4_BYTES, 8: _INT8_BYTES}.get(setup.weight_bits, setup.weight_bits / 8)
    weights = 0 if setup.trains == "all" else shape.linear_weights * bytes_each + others * setup.compute_bytes
    logits = _logit_bytes(shape, setup, batch)
    return Memory(
        libraries=_CUDA if setup.on_gpu else LIBRARIES,
        weights=round(weights + setup.expanded_bytes(shape)),
        adapter=round(trained * (8 + setup.optimizer_bytes)),
        activations=round((kept_bytes(shape, setup, batch) - logits) * held),
        logits=round(2 * (logits * held if setup.keeps_logits else _tile_bytes(shape, setup, batch))),  # and gradient
        reading=0 if setup.on_gpu else shape.parameters * shape.stored_bytes,
    )


def kept_bytes(shape: ModelShape, setup: Setup, batch: BatchSize) -> float:
    """What a batch's forward pass keeps for the backward pass, the gradient of its logits included."""
    blocks = _block_bytes(shape, setup, batch)
    inputs = batch.tokens * shape.width * setup.compute_bytes
    kept = shape.layers * inputs + blocks if setup.checkpointing else shape.layers * blocks
    return kept + _logit_bytes(shape, setup, batch)


def _tile_bytes(shape: ModelShape, setup: Setup, batch: BatchSize) -> int:
    """Logits that are computed a tile at a time."""
    tokens, words = _TILE
    return min(batch.tokens, tokens) * min(shape.vocabulary, words) * setup.compute_bytes


def _logit_bytes(shape: ModelShape, setup: Setup, batch: BatchSize) -> float:
    return batch.learned * shape.vocabulary * setup.compute_bytes if setup.keeps_logits else 0


def _block_bytes(shape: ModelShape, setup: Setup, batch: BatchSize) -> float:
    """What one block keeps of a batch for its backward pass."""
    size, targets = setup.compute_bytes, setup.target_sizes(shape)
    fused = size == 2 and not setup.on_gpu  # `fused_lora` keeps each layer's input beside A's output
    per_token = _kept_by_layers(shape, setup, targets, fused) * size
    # Norms compute in float32 and keep their input.
    per_token += (4 if shape.family in _NORMED_TWICE else 2) * shape.width * 4
    per_token += (shape.query_width + shape.key_width) * 4 if shape.family in _HEADS_NORMED else 0
    inner = shape.inner * shape.experts_used
    per_token += (3 if shape.gated else _UNGATED_OPERATIONS) * inner * size  # gate, its activation and up
    return batch.tokens * per_token + _attention_bytes(shape, setup, batch)


def _kept_by_layers(shape: ModelShape, setup: Setup, targets: dict, fused: bool) -> int:
    """Elements that the linear layers keep of one token: their inputs, once each where several layers share one."""
    if setup.trains == "all":
        return 2 * shape.width + shape.query_width + shape.inner * shape.experts_used
    inputs = {name: sizes[1] for name, sizes in targets.items()}
    ranks = setup.rank * len(targets)
    if setup.dropout:
        return 2 * sum(inputs.values()) + ranks  # the mask and what it leaves, for each layer
    if fused:
        return sum(inputs.values()) + ranks
    shared = {"q_proj": "attention", "k_proj": "attention", "v_proj": "attention", "gate_proj": "up_proj"}
    return sum({shared.get(name, name): size for name, size in inputs.items()}.values()) + ranks


def _attention_bytes(shape: ModelShape, setup: Setup, batch: BatchSize) -> float:
    """Queries, keys and values, and what attention makes of them."""
    inputs = (shape.query_width + 2 * shape.key_width) * setup.compute_bytes
    if setup.on_gpu or not setup.packed or batch.longest > LONGEST_BY_PRODUCTS:  # blockwise: output, a number a row
        return batch.tokens * (inputs + shape.query_width * setup.compute_bytes + 4 * shape.heads)
    if batch.padded.tokens <= 2 * batch.tokens:
        batch = batch.padded
    return batch.tokens * inputs + batch.squares * shape.heads * (4 if setup.compute_bytes == 4 else 6)
