"""Reads and writes safetensors one tensor at a time, so that no model has to fit into memory.

Tensors are read, not mapped: a mapped file counts as resident memory for as long as it is open.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from core.errors import CorruptArtifactError, InputError

INDEX = "model.safetensors.index.json"
DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
"""The formats that weights can be merged in, by their names in a safetensors header."""
_SINGLE = "model.safetensors"
_CHUNK_BYTES = 16 << 20


@dataclass(frozen=True)
class Stored:
    """A tensor of a file: its name there, format and shape, and where its bytes begin."""

    path: Path
    key: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    size_bytes: int

    def read(self, dtype: torch.dtype | None = None) -> Tensor:
        """The tensor in memory of its own, in `dtype` or in its own format, which must be one of DTYPES.

        It is cast a few MB at a time, so it is never in memory in both formats.
        """
        stored = DTYPES[self.dtype]
        found = torch.empty(self.shape, dtype=dtype or stored)
        with self.path.open("rb") as file:
            file.seek(self.start)
            for part in found.view(-1).split(_CHUNK_BYTES // stored.itemsize):
                data = torch.empty(len(part) * stored.itemsize, dtype=torch.uint8)
                if file.readinto(data.numpy()) < len(data):
                    raise _became_shorter(self.path)
                part.copy_(data.view(stored))
        return found


@dataclass(frozen=True)
class Planned:
    """A tensor to write: the bytes of `copied`, or if that is None, one that is still to be made."""

    key: str
    dtype: str
    shape: tuple[int, ...]
    copied: Stored | None = None

    @property
    def size_bytes(self) -> int:
        return self.copied.size_bytes if self.copied else DTYPES[self.dtype].itemsize * math.prod(self.shape)


def has_stored_tensors(folder: Path) -> bool:
    """Whether a model folder has its weights under the names that Transformers gives them."""
    return (folder / _SINGLE).is_file() or (folder / INDEX).is_file()


def stored_tensors(folder: Path) -> list[Stored]:
    """Every tensor of a model folder, file by file, in the order of their bytes.

    Raises InputError if the index names files elsewhere, CorruptArtifactError for a damaged file.
    """
    if (folder / _SINGLE).is_file():
        names = [_SINGLE]
    else:
        names = sorted(set(json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"].values()))
    if any(Path(name).name != name for name in names):
        raise InputError(f"{INDEX} of {folder.name} names files outside its folder.", "Copy the model again.")
    return [tensor for name in names for tensor in _tensors_of(folder / name)]


def _tensors_of(path: Path) -> list[Stored]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np"):  # it checks that the header is sound and fits the file; "pt" maps it writable
            pass
    except (SafetensorError, FileNotFoundError) as error:
        raise CorruptArtifactError(f"The weights in {path} are damaged: {error}.", "Copy the model again.") from error
    with path.open("rb") as file:
        header_bytes = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(header_bytes))
    header.pop("__metadata__", None)
    found = []
    for key, entry in header.items():
        begin, end = entry["data_offsets"]
        found.append(Stored(path, key, entry["dtype"], tuple(entry["shape"]), 8 + header_bytes + begin, end - begin))
    return sorted(found, key=lambda tensor: tensor.start)


def write_tensors(path: Path, planned: list[Planned], make: Callable[[str], Tensor]) -> None:
    """Write a safetensors file; `make` gives a tensor that is not copied, by its key."""
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for tensor in planned:
        begin, end = end, end + tensor.size_bytes
        header[tensor.key] = {"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the data begins at a multiple of 8 bytes
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in planned:
            if tensor.copied:
                _copy(tensor.copied, file)
            else:
                made = make(tensor.key).to(DTYPES[tensor.dtype])
                file.write(made.contiguous().flatten().view(torch.uint8).numpy())


def _copy(tensor: Stored, file: BinaryIO) -> None:
    with tensor.path.open("rb") as source:
        source.seek(tensor.start)
        left = tensor.size_bytes
        while left:
            chunk = source.read(min(left, _CHUNK_BYTES))
            if not chunk:
                raise _became_shorter(tensor.path)
            file.write(chunk)
            left -= len(chunk)


def _became_shorter(path: Path) -> OSError:
    return OSError(f"{path} became shorter while it was read")


def write_index(folder: Path, files: dict[str, list[Planned]]) -> None:
    """Write the index of several files."""
    index = {
        "metadata": {"total_size": sum(tensor.size_bytes for planned in files.values() for tensor in planned)},
        "weight_map": {tensor.key: name for name, planned in files.items() for tensor in planned},
    }
    (folder / INDEX).write_text(json.dumps(index, indent=2), encoding="utf-8")
