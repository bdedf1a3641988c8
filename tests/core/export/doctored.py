"""GGUF files of the starter model with one thing wrong that their headers do not show."""

import json
import struct
from pathlib import Path

from core.gguf.header import read_header
from core.gguf.tensors import TENSOR_TYPES
from core.models.catalogue import STARTER_FOLDER


def with_shifted_vocabulary(source: Path, out: Path) -> Path:
    """Every token's text exchanged with a neighbour's of the same length, as when a vocabulary is off by one."""
    data = bytearray(source.read_bytes())
    place = data.index(b"tokenizer.ggml.tokens") + len(b"tokenizer.ggml.tokens") + 8
    count = struct.unpack_from("<Q", data, place)[0]
    place += 8
    by_length: dict[int, list[int]] = {}
    for number in range(count):
        length = struct.unpack_from("<Q", data, place)[0]
        if number > 300:  # after special tokens and bytes
            by_length.setdefault(length, []).append(place + 8)
        place += 8 + length
    for length, places in by_length.items():
        texts = [bytes(data[start : start + length]) for start in places]
        for start, text in zip(places, [*texts[1:], texts[0]], strict=True):
            data[start : start + length] = text
    out.write_bytes(data)
    return out


def with_weights_of_zero(source: Path, out: Path, tensor_name: str) -> Path:
    """One tensor's bytes all zero, as when a file was not written whole."""
    tensor = next(tensor for tensor in read_header(source).tensors if tensor.name == tensor_name)
    data = bytearray(source.read_bytes())
    data[tensor.offset : tensor.offset + tensor.bytes] = bytes(tensor.bytes)
    out.write_bytes(data)
    return out


def that_aborts_llama_cpp(source: Path, out: Path) -> Path:
    """More layers claimed than llama.cpp can count: it ends the process that loads it."""
    data = bytearray(source.read_bytes())
    place = data.index(b"llama.block_count") + len(b"llama.block_count") + 4
    struct.pack_into("<I", data, place, 999_999)
    out.write_bytes(data)
    return out


def with_a_row_of_zero(source: Path, out: Path, tensor_name: str, row: int) -> Path:
    """One row of a tensor all zero."""
    tensor = next(tensor for tensor in read_header(source).tensors if tensor.name == tensor_name)
    _, block_values, block_bytes = next(entry for entry in TENSOR_TYPES.values() if entry[0] == tensor.type)
    row_bytes = tensor.shape[0] // block_values * block_bytes
    data = bytearray(source.read_bytes())
    start = tensor.offset + row * row_bytes
    data[start : start + row_bytes] = bytes(row_bytes)
    out.write_bytes(data)
    return out


def with_metadata(source: Path, out: Path, changes: dict[str, int | bool]) -> Path:
    """Some numbers and switches of the header changed."""
    data = bytearray(source.read_bytes())
    for key, value in changes.items():
        place = data.index(key.encode()) + len(key) + 4
        struct.pack_into("<?" if isinstance(value, bool) else "<I", data, place, value)
    out.write_bytes(data)
    return out


def token_id(text: str) -> int:
    """The id of one of the starter's special tokens."""
    added = json.loads((STARTER_FOLDER / "tokenizer.json").read_text())["added_tokens"]
    return next(token["id"] for token in added if token["content"] == text)


def with_endless_template(gguf: bytes) -> bytes:
    """The starter model with a chat template that never comes to an end; the file is as long as before."""
    start = gguf.index(b"{{- bos_token -}}")
    end = gguf.index(b"{%- endif -%}", start) + len(b"{%- endif -%}")
    endless = b"{%for a in range(99999)%}{%for b in range(99999)%}{%endfor%}{%endfor%}"
    return gguf[:start] + endless.ljust(end - start) + gguf[end:]
