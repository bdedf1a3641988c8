"""The memory a training takes at its peak, from the model's shape, the settings and the largest batch.

What is kept is counted (`core.forecast.activations`). Only the libraries' share and the allocator's loss are measured,
with the settings that `python -m tests.benchmarks.forecast calibration` trains.
"""

from dataclasses import dataclass

from core.forecast.activations import kept_bytes, logit_bytes, passing_bytes
from core.forecast.lengths import BatchSize
from core.forecast.setup import Setup
from core.forecast.shape import ModelShape

_NF4_BYTES, _INT8_BYTES = 0.516, 1.01
"""Per weight, with its share of scales (NF4 with double quantization: 4 bits and 0.127)."""
_CUDA = 1_400_000_000
LIBRARIES, _TRL, _ONEDNN = 610_000_000, 100_000_000, 80_000_000
"""Resident bytes of Python with PyTorch, Transformers, PEFT and bitsandbytes; of TRL; of what multiplies bfloat16."""
_HELD, _HELD_BY_PEFT = 1.15, 1.7
"""What is resident for each byte kept, as the allocator holds freed memory. PEFT frees three results for each it keeps:
base's, adapter's, scaled."""


@dataclass(frozen=True)
class Memory:
    """Resident bytes of a training's process (on a GPU, of the GPU) by purpose. Reading files comes before training."""

    libraries: int
    weights: int
    adapter: int
    """Weights that learn, with gradient and optimizer state."""
    activations: int
    passing: int
    """Logits, or the gradients of a block: whichever is more, as it comes after the other."""
    reading: int
    """While the weights are read: the files' pages in memory."""

    @property
    def training(self) -> int:
        return self.libraries + self.weights + self.adapter + self.activations + self.passing

    @property
    def peak(self) -> int:
        return max(self.training, self.libraries + self.weights + self.reading)


def memory_of(shape: ModelShape, setup: Setup, batch: BatchSize) -> Memory:
    """The peak memory of training on batches of which `batch` is the largest.

    Gradients come while activations go; but what is freed is seldom of a size that is wanted next, so both count.
    """
    batch = batch if setup.packed else batch.padded
    by_peft = setup.trains == "adapter" and not (setup.on_gpu or setup.by_hand(shape))
    in_16_bits = 0 if setup.on_gpu or setup.compute_bytes == 4 else _ONEDNN
    return Memory(
        libraries=_CUDA if setup.on_gpu else LIBRARIES + setup.by_trl * _TRL + in_16_bits,
        weights=round(_weight_bytes(shape, setup)),
        adapter=round(setup.trained_weights(shape) * (8 + setup.optimizer_bytes)),
        activations=round((_HELD_BY_PEFT if by_peft else _HELD) * kept_bytes(shape, setup, batch)),
        passing=round(max(logit_bytes(shape, setup, batch), passing_bytes(shape, setup, batch))),
        reading=_reading_bytes(shape, setup),
    )


def _weight_bytes(shape: ModelShape, setup: Setup) -> float:
    """Of the base. If all weights are trained, they are counted with what learns."""
    if setup.trains == "all":
        return 0
    others = shape.parameters - shape.linear_weights
    bytes_each = {4: _NF4_BYTES, 8: _INT8_BYTES}.get(setup.weight_bits, setup.weight_bits / 8)
    linear = shape.linear_weights * bytes_each + setup.expanded_bytes(shape)
    if _is_mapped(shape, setup):
        linear += shape.linear_weights * (shape.stored_bytes if setup.weight_bits < 16 else 0)
    return linear + others * setup.compute_bytes + _copied_bytes(shape, setup) * _is_mapped(shape, setup)


def _is_mapped(shape: ModelShape, setup: Setup) -> bool:
    """Whether weights are used as they are in their file, so that all of it stays mapped into memory."""
    return not setup.on_gpu and setup.trains == "adapter" and setup.compute_bytes == shape.stored_bytes


def _copied_bytes(shape: ModelShape, setup: Setup) -> int:
    """Of plain weights that are copied to where the adapter's are beside them, on a CPU."""
    beside = setup.by_hand(shape) or (setup.compute_bytes == 2 and not (setup.on_gpu or setup.dora))
    return shape.linear_weights * setup.compute_bytes if beside and setup.weight_bits >= 16 else 0


def _reading_bytes(shape: ModelShape, setup: Setup) -> int:
    """While weights are read: pages of their file, and weights beside their copies."""
    if setup.on_gpu or _is_mapped(shape, setup):
        return 0
    return max(shape.parameters * shape.stored_bytes, _copied_bytes(shape, setup))
