"""Headers of valid, truncated and malformed GGUF files, and of thousands of mutated ones."""

import json
import os
import random
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import CorruptArtifactError, InputError, NotFoundError, TunewrightError
from core.gguf.header import check_gguf, read_header
from core.gguf.tensors import TENSOR_TYPES

U8, U32, BOOL, STRING, ARRAY = 0, 4, 7, 8, 9


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def entry(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def tensor(name: str, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def gguf(
    entries: tuple[bytes, ...] = (), tensors: tuple[bytes, ...] | None = None, data_bytes: int = 64, version: int = 3
) -> bytes:
    """A handmade GGUF: an architecture, `entries`, by default one 4 x 4 f32 tensor, and its data."""
    entries = (entry("general.architecture", STRING, text("llama")), *entries)
    tensors = (tensor("a.weight", (4, 4)),) if tensors is None else tensors
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(entries)) + b"".join(entries) + b"".join(tensors)
    return head + bytes(-len(head) % 32) + bytes(data_bytes)


@pytest.fixture
def written(tmp_path):
    def write(data: bytes) -> Path:
        path = tmp_path / "model.gguf"
        path.write_bytes(data)
        return path

    return write


def test_reads_metadata_and_the_place_of_each_tensor(written):
    two = (tensor("a", (4, 4)), tensor("b", (32, 2), kind=8, offset=64))
    vocabulary = struct.pack("<IQ", STRING, 100) + text("token") * 100
    entries = (
        entry("llama.context_length", U32, struct.pack("<I", 512)),
        entry("tokenizer.ggml.add_bos_token", BOOL, b"\x01"),
        entry("some.numbers", ARRAY, struct.pack("<IQ3I", U32, 3, 1, 2, 3)),
        entry("tokenizer.ggml.tokens", ARRAY, vocabulary),
    )
    header = read_header(written(gguf(entries, two, data_bytes=64 + 68)))
    assert header.metadata == {
        "general.architecture": "llama",
        "llama.context_length": 512,
        "tokenizer.ggml.add_bos_token": True,
        "some.numbers": [1, 2, 3],
    }
    first, second = header.tensors
    assert (first.name, first.shape, first.type, first.bytes) == ("a", (4, 4), "f32", 64)
    assert (second.type, second.bytes, second.offset - first.offset) == ("q8_0", 68, 64)


LIES = {
    "empty": b"",
    "zeros": bytes(4096),
    "wrong magic": b"GGML" + gguf()[4:],
    "big endian": gguf(version=3 << 24),
    "version 1": gguf(version=1),
    "no tensors": gguf(tensors=()),
    "tensor count": gguf()[:8] + struct.pack("<Q", 1 << 60) + gguf()[16:],
    "key count": gguf()[:16] + struct.pack("<Q", 1 << 63) + gguf()[24:],
    "string length": gguf((struct.pack("<Q", 1 << 40) + b"key",)),
    "array length": gguf((entry("k", ARRAY, struct.pack("<IQ", U8, (1 << 64) - 1)),)),
    "array of arrays": gguf((entry("k", ARRAY, struct.pack("<IQ", ARRAY, 1)),)),
    "value type": gguf((entry("k", 99, bytes(8)),)),
    "switch of 7": gguf((entry("k", BOOL, b"\x07"),)),
    "no text": gguf((entry("k", STRING, struct.pack("<Q", 2) + b"\xff\xfe"),)),
    "key twice": gguf((entry("k", U8, b"\x01"), entry("k", U8, b"\x01"))),
    "alignment of 3": gguf((entry("general.alignment", U32, struct.pack("<I", 3)),)),
    "alignment of 0": gguf((entry("general.alignment", U32, struct.pack("<I", 0)),)),
    "tensor type": gguf(tensors=(tensor("a", (4, 4), kind=99),)),
    "dimension 0": gguf(tensors=(tensor("a", (4, 0)),)),
    "dimensions that overflow": gguf(tensors=(tensor("a", (1 << 32, 1 << 32)),)),
    "five dimensions": gguf(tensors=(tensor("a", (1, 1, 1, 1, 1)),)),
    "half a block": gguf(tensors=(tensor("a", (33, 1), kind=8),)),
    "tensor twice": gguf(tensors=(tensor("a", (4, 4)), tensor("a", (4, 4), offset=64)), data_bytes=128),
    "overlapping tensors": gguf(tensors=(tensor("a", (4, 4)), tensor("b", (4, 4), offset=0)), data_bytes=128),
    "tensor beyond the end": gguf(tensors=(tensor("a", (4, 4), offset=1 << 40),)),
    "data missing": gguf(data_bytes=63),
}


@pytest.mark.parametrize("lie", LIES)
def test_malformed_headers_are_refused_with_a_reason(written, lie):
    with pytest.raises(CorruptArtifactError) as caught:
        check_gguf(written(LIES[lie]))
    assert "model.gguf" in caught.value.message
    assert caught.value.remedy


def test_a_file_cut_anywhere_is_refused(written):
    whole = gguf()
    for length in range(len(whole)):
        with pytest.raises(CorruptArtifactError):
            check_gguf(written(whole[:length]))


def test_only_a_single_file_is_read(written, tmp_path):
    with pytest.raises(NotFoundError):
        check_gguf(tmp_path / "nothing.gguf")
    with pytest.raises(InputError):
        check_gguf(tmp_path)
    with pytest.raises(InputError, match="several files"):
        check_gguf(written(gguf((entry("split.count", U32, struct.pack("<I", 4)),))))


def test_a_real_file_is_accepted_and_half_of_it_is_not(starter_gguf, tmp_path):
    path = starter_gguf("q4_k_m")
    assert check_gguf(path)["general.architecture"] == "llama"
    half = tmp_path / "half.gguf"
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CorruptArtifactError, match="cut short"):
        check_gguf(half)


def test_tensor_type_sizes_match_the_converters():
    script = (
        "import json, gguf; print(json.dumps({int(kind): [kind.name.lower(), *size]"
        " for kind, size in gguf.GGML_QUANT_SIZES.items()}))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(sys.prefix) / "share/llama.cpp/gguf-py")}
    printed = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True).stdout
    assert {int(number): tuple(entry) for number, entry in json.loads(printed).items()} == TENSOR_TYPES


def mutated(header: bytes, random_: random.Random) -> bytes:
    """`header` with a few bytes or numbers replaced, or with a piece removed or repeated."""
    data = bytearray(header)
    for _ in range(random_.randint(1, 4)):
        place = random_.randrange(len(data))
        kind = random_.randrange(5)
        if kind == 0:
            data[place] ^= 1 << random_.randrange(8)
        elif kind == 1:
            data[place : place + 4] = struct.pack("<I", random_.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF)))
        elif kind == 2:
            data[place : place + 8] = struct.pack("<Q", random_.choice((0, 1 << 31, 1 << 62, (1 << 64) - 1)))
        elif kind == 3:
            del data[place : place + random_.randint(1, 16)]
        else:
            data[place:place] = data[place : place + random_.randint(1, 16)]
    return bytes(data)


def mutations(count: int, path: Path, whole: bytes, header_bytes: int) -> Iterator[bool]:
    """Write `count` files with mutated headers to `path`, one after the other; whether each passes the check.

    Anything but a refusal in words fails the test.
    """
    random_ = random.Random(7)
    for _ in range(count):
        path.write_bytes(mutated(whole[:header_bytes], random_) + whole[header_bytes:])
        try:
            check_gguf(path)
        except TunewrightError:
            yield False
        else:
            yield True


def test_mutated_headers_are_refused_or_harmless(tmp_path):
    entries = tuple(entry(f"key.{index}", STRING, text("value")) for index in range(20))
    whole = gguf(entries)
    passed = sum(mutations(500, tmp_path / "m.gguf", whole, len(whole) - 64))
    assert 0 < passed < 250


LOADING = """
import sys
from core.errors import TunewrightError
from core.gguf.llama import LlamaModel
for line in sys.stdin:
    try:
        LlamaModel(line.strip(), context_length=64).close()
    except TunewrightError:
        print("refused", flush=True)
    else:
        print("loaded", flush=True)
"""


@pytest.mark.long
def test_ten_thousand_mutated_headers_cost_children_only(tmp_path, starter_gguf):
    """Files that pass the check are loaded in a child, which may refuse them or die; nothing else may happen."""
    whole = starter_gguf("q4_k_m").read_bytes()
    header_bytes = read_header(starter_gguf("q4_k_m")).tensors[0].offset
    path = tmp_path / "m.gguf"
    outcomes: Counter = Counter()
    child = None
    for passes in mutations(10_000, path, whole, header_bytes):
        if not passes:
            outcomes["refused by the check"] += 1
            continue
        child = child or subprocess.Popen(
            [sys.executable, "-c", LOADING], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        child.stdin.write(f"{path}\n".encode())
        child.stdin.flush()
        outcome = child.stdout.readline().decode().strip()
        if not outcome:
            outcome = f"died ({child.wait()})"
            child = None
        outcomes[outcome] += 1
    print(outcomes)
    assert outcomes.total() == 10_000
    assert outcomes["refused by the check"] > 1000 and outcomes["loaded"] > 0
    if child:
        child.stdin.close()
        child.wait()
