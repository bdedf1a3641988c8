"""Reads the header of a GGUF file and checks it against the file's own size, before native code opens the file.

llama.cpp ends the whole process on many malformed files, so nothing is loaded that did not pass here. Standard library
only. What passes can still be refused by llama.cpp (an unknown architecture), which is why models load in children.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import CorruptArtifactError, InputError, NotFoundError

MAX_HEADER_BYTES = 256 << 20
"""Real headers are mostly the vocabulary: 20 MB for the largest."""
MAX_ITEMS = 1 << 22
"""Entries of one array, keys, or tensors: the largest vocabularies have a few hundred thousand."""
KEPT_ITEMS = 64
"""Longer arrays (the vocabulary) are checked and left out of the metadata."""

_SCALARS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<B", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_BOOL, _STRING, _ARRAY = 7, 8, 9

# ggml's tensor types: number, name, values in a block, bytes of a block.
TENSOR_TYPES = {
    0: ("f32", 1, 4), 1: ("f16", 1, 2), 2: ("q4_0", 32, 18), 3: ("q4_1", 32, 20), 6: ("q5_0", 32, 22),
    7: ("q5_1", 32, 24), 8: ("q8_0", 32, 34), 9: ("q8_1", 32, 36), 10: ("q2_k", 256, 84), 11: ("q3_k", 256, 110),
    12: ("q4_k", 256, 144), 13: ("q5_k", 256, 176), 14: ("q6_k", 256, 210), 15: ("q8_k", 256, 292),
    16: ("iq2_xxs", 256, 66), 17: ("iq2_xs", 256, 74), 18: ("iq3_xxs", 256, 98), 19: ("iq1_s", 256, 50),
    20: ("iq4_nl", 32, 18), 21: ("iq3_s", 256, 110), 22: ("iq2_s", 256, 82), 23: ("iq4_xs", 256, 136),
    24: ("i8", 1, 1), 25: ("i16", 1, 2), 26: ("i32", 1, 4), 27: ("i64", 1, 8), 28: ("f64", 1, 8),
    29: ("iq1_m", 256, 56), 30: ("bf16", 1, 2), 34: ("tq1_0", 256, 54), 35: ("tq2_0", 256, 66),
    39: ("mxfp4", 32, 17), 40: ("nvfp4", 64, 36), 41: ("q1_0", 128, 18), 42: ("q2_0", 64, 18),
}  # fmt: skip


@dataclass(frozen=True)
class Tensor:
    """One tensor of a GGUF: `shape` with the innermost (row) length first, `offset` in bytes from the file's start."""

    name: str
    shape: tuple[int, ...]
    type: str
    offset: int
    bytes: int


@dataclass(frozen=True)
class GgufHeader:
    """What a checked header says. `metadata` leaves out arrays of more than KEPT_ITEMS entries."""

    version: int
    metadata: dict
    tensors: tuple[Tensor, ...]


def check_gguf(path: Path | str) -> dict:
    """The metadata of a whole GGUF file. Raises NotFoundError, InputError or CorruptArtifactError, in words."""
    return read_header(path).metadata


def read_header(path: Path | str) -> GgufHeader:
    """The checked header of a GGUF file. Raises NotFoundError, InputError or CorruptArtifactError, in words."""
    path = Path(path)
    if not path.exists():
        raise NotFoundError(f"There is no file {path}.", "Give the path of a GGUF file.")
    if not path.is_file():
        raise InputError(f"{path} is not a file.", "Give the path of a GGUF file.")
    with path.open("rb") as file:
        return _Reader(file, path.name).header()


class _Reader:
    """A walk through one header that never believes a length before comparing it with the bytes that are left."""

    def __init__(self, file: BinaryIO, name: str):
        self.file = file
        self.name = name
        self.file_bytes = os.fstat(file.fileno()).st_size
        self.limit = min(self.file_bytes, MAX_HEADER_BYTES)
        self.position = 0

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
            raise self.corrupt("does not say which architecture it is (general.architecture)")
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

    def value(self, kind: int, key: str):
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
        """The table of tensors, which must lie one after the other and end inside the file."""
        if count == 0:
            raise self.corrupt("holds no weights")
        table = [self.tensor() for _ in range(count)]
        if len({tensor.name for tensor in table}) != count:
            raise self.corrupt("names a tensor twice")
        start = _padded(self.position, alignment)
        expected = 0
        placed = []
        for tensor in table:
            if tensor.offset != expected:
                raise self.corrupt(f"puts {tensor.name!r} at byte {tensor.offset}, where {expected} was due")
            end = start + expected + tensor.bytes
            if end > self.file_bytes:
                raise CorruptArtifactError(
                    f"{self.name} is cut short: {tensor.name!r} ends at byte {end:,}, and the file has "
                    f"{self.file_bytes:,}.",
                    "Copy or export the file again.",
                )
            placed.append(Tensor(tensor.name, tensor.shape, tensor.type, start + expected, tensor.bytes))
            expected = _padded(expected + tensor.bytes, alignment)
        return tuple(placed)

    def tensor(self) -> Tensor:
        name = self.string("a tensor's name")
        if not 1 <= len(name.encode()) < 64:
            raise self.corrupt(f"has a tensor name of {len(name)} characters; 1 to 63 are possible")
        rank = self.number("<I", f"the shape of {name!r}")
        if not 1 <= rank <= 4:
            raise self.corrupt(f"gives {name!r} {rank} dimensions; 1 to 4 are possible")
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

    def string(self, what: str) -> str:
        length = self.number("<Q", what)
        try:
            return self.take(length, what).decode("utf-8")
        except UnicodeDecodeError:
            raise self.corrupt(f"has bytes that are no text in {what}") from None

    def count(self, code: str, least_bytes: int, what: str) -> int:
        """A count of things of `least_bytes` or more each, no more than the bytes left can hold."""
        count = self.number(code, f"the number of {what}")
        if count > MAX_ITEMS or count * least_bytes > self.limit - self.position:
            raise self.corrupt(f"claims {count:,} {what}, more than it has room for")
        return count

    def number(self, code: str, what: str):
        return struct.unpack(code, self.take(struct.calcsize(code), what))[0]

    def take(self, length: int, what: str) -> bytes:
        if length > self.limit - self.position:
            raise self.corrupt(f"ends inside {what}")
        data = self.file.read(length)
        if len(data) != length:
            raise self.corrupt(f"ends inside {what}")
        self.position += length
        return data

    def corrupt(self, problem: str) -> CorruptArtifactError:
        return CorruptArtifactError(f"{self.name} is no whole GGUF file: it {problem}.", "Copy or export it again.")


def _padded(length: int, alignment: int) -> int:
    return -(-length // alignment) * alignment
