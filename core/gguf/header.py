"""Reads the header of a GGUF file and checks it against the file's size, before native code opens the file.

llama.cpp aborts the whole process on many malformed files, so only files that pass here are loaded. It can still refuse
them (an unknown architecture), which is why models load in child processes. Standard library only.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

from core.errors import CorruptArtifactError, InputError, NotFoundError
from core.gguf.bounded_reader import BoundedReader
from core.gguf.tensors import TENSOR_TYPES, Tensor

KEPT_ITEMS = 64
"""Longer arrays (the vocabulary) are checked but left out of the metadata."""

_SCALARS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<B", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_BOOL, _STRING, _ARRAY = 7, 8, 9


@dataclass(frozen=True)
class GgufHeader:
    """A checked header. `metadata` leaves out arrays of more than KEPT_ITEMS entries."""

    version: int
    metadata: dict
    tensors: tuple[Tensor, ...]


def check_gguf(path: Path | str) -> dict:
    """The metadata of a valid GGUF file. Raises NotFoundError, InputError or CorruptArtifactError."""
    return read_header(path).metadata


def read_header(path: Path | str) -> GgufHeader:
    """The checked header of a GGUF file. Raises NotFoundError, InputError or CorruptArtifactError."""
    path = Path(path)
    if not path.exists():
        raise NotFoundError(f"There is no file {path}.", "Give the path of a GGUF file.")
    if not path.is_file():
        raise InputError(f"{path} is not a file.", "Give the path of a GGUF file.")
    with path.open("rb") as file:
        return _HeaderReader(file, path.name).header()


class _HeaderReader(BoundedReader):
    """Reads the parts of a header in their order."""

    def header(self) -> GgufHeader:
        if self.file_bytes == 0:
            raise self.corrupt("is empty")
        if self.take(4, "its first bytes") != b"GGUF":
            raise self.corrupt("does not begin with GGUF")
        version = self.number("<I", "its version")
        if version not in (2, 3):
            raise self.corrupt(f"has version {version}; 2 and 3 can be read")
        tensor_count = self.count("<Q", 24, "tensors")
        key_count = self.count("<Q", 13, "metadata entries")
        metadata = self.metadata(key_count)
        tensors = self.tensors(tensor_count, self.alignment(metadata))
        if not isinstance(metadata.get("general.architecture"), str) or not metadata["general.architecture"]:
            raise self.corrupt("does not name its architecture (general.architecture)")
        if metadata.get("split.count", 1) not in (0, 1):
            raise InputError(
                f"{self.name} is one part of a model split over several files.", "Join the parts into one file first."
            )
        return GgufHeader(version, metadata, tensors)

    def metadata(self, count: int) -> dict:
        found: dict = {}
        seen = set()
        for _ in range(count):
            key = self.string("a metadata key")
            if not key or key in seen:
                raise self.corrupt(f"has the metadata key {key[:60]!r} twice or empty")
            seen.add(key)
            value = self.value(self.number("<I", f"the type of {key[:60]}"), key)
            if value is not None:
                found[key] = value
        return found

    def value(self, kind: int, key: str) -> str | int | float | bool | list | None:
        """One value; None for an array too long to keep."""
        what = f"the value of {key[:60]}"
        if kind == _STRING:
            return self.string(what)
        if kind == _ARRAY:
            return self.array(what)
        if kind not in _SCALARS:
            raise self.corrupt(f"gives {key[:60]!r} the unknown type {kind}")
        value = self.number(_SCALARS[kind], what)
        if kind == _BOOL:
            if value > 1:
                raise self.corrupt(f"gives the switch {key[:60]!r} the value {value}")
            return bool(value)
        return value

    def array(self, what: str) -> list | None:
        kind = self.number("<I", what)
        if kind == _STRING:
            strings = [self.string(what) for _ in range(self.count("<Q", 8, f"entries in {what}"))]
            return strings if len(strings) <= KEPT_ITEMS else None
        if kind not in _SCALARS:
            raise self.corrupt(f"has an array of the unknown type {kind} in {what}")
        code = _SCALARS[kind]
        count = self.count("<Q", struct.calcsize(code), f"entries in {what}")
        data = self.take(count * struct.calcsize(code), what)
        return list(struct.unpack(f"<{count}{code[1]}", data)) if count <= KEPT_ITEMS else None

    def alignment(self, metadata: dict) -> int:
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20 or alignment & (alignment - 1):
            raise self.corrupt(f"has the impossible alignment {alignment!r}")
        return alignment

    def tensors(self, count: int, alignment: int) -> tuple[Tensor, ...]:
        """The tensor table. Tensors must be contiguous and end inside the file."""
        if count == 0:
            raise self.corrupt("has no weights")
        table = [self.tensor() for _ in range(count)]
        if len({tensor.name for tensor in table}) != count:
            raise self.corrupt("names a tensor twice")
        start = _padded(self.position, alignment)
        expected = 0
        placed = []
        for tensor in table:
            if tensor.offset != expected:
                raise self.corrupt(f"puts {tensor.name!r} at byte {tensor.offset} instead of {expected}")
            end = start + expected + tensor.bytes
            if end > self.file_bytes:
                raise CorruptArtifactError(
                    f"{self.name} is cut short: {tensor.name!r} ends at byte {end:,}, but the file has only "
                    f"{self.file_bytes:,}.",
                    "Copy or export the file again.",
                )
            placed.append(Tensor(tensor.name, tensor.shape, tensor.type, start + expected, tensor.bytes))
            expected = _padded(expected + tensor.bytes, alignment)
        return tuple(placed)

    def tensor(self) -> Tensor:
        name = self.string("a tensor's name")
        if not 1 <= len(name.encode()) < 64:
            raise self.corrupt(f"has a tensor name of {len(name)} characters; 1 to 63 are allowed")
        rank = self.number("<I", f"the shape of {name!r}")
        if not 1 <= rank <= 4:
            raise self.corrupt(f"gives {name!r} {rank} dimensions; 1 to 4 are allowed")
        shape = tuple(self.number("<Q", f"the shape of {name!r}") for _ in range(rank))
        type_number = self.number("<I", f"the type of {name!r}")
        if type_number not in TENSOR_TYPES:
            raise self.corrupt(f"gives {name!r} the unknown tensor type {type_number}")
        type_name, block_values, block_bytes = TENSOR_TYPES[type_number]
        values = 1
        for length in shape:
            values *= length
        if min(shape) < 1 or values >= 1 << 62 or shape[0] % block_values:
            raise self.corrupt(f"gives {name!r} the impossible shape {shape} for {type_name}")
        offset = self.number("<Q", f"the place of {name!r}")
        return Tensor(name, shape, type_name, offset, values // block_values * block_bytes)


def _padded(length: int, alignment: int) -> int:
    return -(-length // alignment) * alignment
