"""Compares every weight of a quantized GGUF with its f16 source, to find damage that the model's answers may hide.

A model with one dead layer, or one dead row in its vocabulary, can still answer much as before, so predictions alone do
not prove a file. Runs in a child process that can import the converter's `gguf` package.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.gguf.header import read_header
from core.gguf.tensors import TENSOR_TYPES, Tensor

_VALUES_AT_ONCE = 1 << 22
_SHORT_ROW = 0.02
"""A row whose norm is below this share of its tensor's usual row norm is judged as if it had that norm: 4 bits may
round it to zero without any effect."""


@dataclass(frozen=True)
class Distance:
    """The tensor and the row with the largest errors: norm of the difference over norm of the original."""

    tensor: str
    tensor_error: float
    row: str
    row_error: float


def worst_distance(quantized: Path, f16: Path) -> Distance:
    """The largest errors over every row of every tensor. A missing or reshaped tensor has error 1."""
    found = {tensor.name: tensor for tensor in read_header(quantized).tensors}
    tensor_errors, row_errors = {}, {}
    for original in read_header(f16).tensors:
        tensor = found.get(original.name)
        if tensor is None or tensor.shape != original.shape:
            tensor_errors[original.name] = row_errors[original.name] = 1.0
            continue
        error, row, row_error = _errors(quantized, tensor, f16, original)
        tensor_errors[original.name], row_errors[f"row {row} of {original.name}"] = error, row_error
    tensor, row = max(tensor_errors, key=tensor_errors.get), max(row_errors, key=row_errors.get)
    return Distance(tensor, tensor_errors[tensor], row, row_errors[row])


def _errors(path: Path, tensor: Tensor, original_path: Path, original: Tensor) -> tuple[float, int, float]:
    """The error of the whole tensor, the index of the row with the largest error, and that error."""
    wanted_lengths, moved_lengths = [], []
    pairs = zip(_rows(original_path, original), _rows(path, tensor), strict=True)
    with np.errstate(all="ignore"):  # damaged weights may be anything, even infinite
        for wanted, found in pairs:
            wanted_lengths.append(np.linalg.norm(wanted, axis=1))
            moved_lengths.append(np.linalg.norm(found - wanted, axis=1))
        wanted, moved = np.concatenate(wanted_lengths), np.concatenate(moved_lengths)
        usual = float(np.sqrt(np.mean(np.square(wanted, dtype=np.float64)))) or 1.0
        rows = np.nan_to_num(moved / np.maximum(wanted, _SHORT_ROW * usual), nan=np.inf)
        whole = float(np.sqrt(np.mean(np.square(moved, dtype=np.float64)))) / usual
    row = int(rows.argmax())
    return (whole if np.isfinite(whole) else float("inf")), row, float(rows[row])


def _rows(path: Path, tensor: Tensor) -> Iterator[np.ndarray]:
    """A tensor's rows as float32, (rows, row length), a part at a time, dequantized by the converter's own package."""
    from gguf import GGMLQuantizationType, quants

    _, block_values, block_bytes = next(entry for entry in TENSOR_TYPES.values() if entry[0] == tensor.type)
    row_bytes = tensor.shape[0] // block_values * block_bytes
    rows = np.memmap(path, np.uint8, "r", tensor.offset, (tensor.bytes // row_bytes, row_bytes))
    at_once = max(1, _VALUES_AT_ONCE // tensor.shape[0])
    kind = GGMLQuantizationType[tensor.type.upper()]
    for start in range(0, len(rows), at_once):
        part = np.ascontiguousarray(rows[start : start + at_once])
        yield quants.dequantize(part, kind).astype(np.float32)
