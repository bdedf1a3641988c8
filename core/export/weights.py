"""How far each weight of a quantized GGUF is from the f16 it was made from: finds a tensor that behaviour may hide.

A model with one dead layer can still answer much as before, so predictions alone do not prove a file. Runs in a probe,
which finds the converter's `gguf` package.
"""

from pathlib import Path

import numpy as np

from core.export.header import TENSOR_TYPES, Tensor, read_header

LARGEST_ERROR = 0.25
"""Of a tensor: length of the difference over length of the original. 4 bits leave about 0.1; a lost tensor leaves 1."""
_VALUES_COMPARED = 1 << 21
"""Of each tensor, in rows spread evenly over it."""


def worst_tensor(quantized: Path, f16: Path) -> tuple[str, float]:
    """The tensor furthest from its original, and how far. 1 for one whose shape differs or that is missing."""
    originals = {tensor.name: tensor for tensor in read_header(f16).tensors}
    found = {tensor.name: tensor for tensor in read_header(quantized).tensors}
    errors = {
        name: _error(quantized, found[name], f16, original)
        if name in found and found[name].shape == original.shape
        else 1.0
        for name, original in originals.items()
    }
    name = max(errors, key=errors.get)
    return name, errors[name]


def _error(path: Path, tensor: Tensor, original_path: Path, original: Tensor) -> float:
    wanted, found = _values(original_path, original), _values(path, tensor)
    length = float(np.linalg.norm(wanted))
    error = float(np.linalg.norm(found - wanted)) / length if length else float(np.abs(found).max())
    return error if np.isfinite(error) else float("inf")


def _values(path: Path, tensor: Tensor) -> np.ndarray:
    """Rows of a tensor as 32-bit numbers, by the converter's own reading of ggml's types."""
    from gguf import GGMLQuantizationType, quants

    _, block_values, block_bytes = next(entry for entry in TENSOR_TYPES.values() if entry[0] == tensor.type)
    row_bytes = tensor.shape[0] // block_values * block_bytes
    rows = np.memmap(path, np.uint8, "r", tensor.offset, (tensor.bytes // row_bytes, row_bytes))
    stride = -(-len(rows) * tensor.shape[0] // _VALUES_COMPARED)
    kind = GGMLQuantizationType[tensor.type.upper()]
    return quants.dequantize(np.ascontiguousarray(rows[:: max(1, stride)]), kind).astype(np.float32)
