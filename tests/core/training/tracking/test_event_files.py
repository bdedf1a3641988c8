"""Event files are TensorBoard's, byte for byte, and a resumed run shows no step twice."""

import struct

from core.training.tracking import event_files
from core.training.tracking.event_files import EventFile

WRITTEN_BY_TENSORBOARD = bytes.fromhex(
    "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c0f000000000000006d53"
    "2b0909000000000000f83f10053a020801b2a7e13c33000000000000000ca7205609000000000000f83f10ac022a250a110a"
    "0a747261696e2f6c6f7373150000803e0a100a096576616c2f6c6f737315000020408749e502"
)
"""The events below as TensorBoard 2.21 writes them (`RecordWriter`, `event_pb2`)."""


def scalars(path) -> dict[str, list[tuple[int, float]]]:
    """What an event file holds, by tag; only what `EventFile` writes is understood."""
    content, found = path.read_bytes(), {}
    while content:
        [length] = struct.unpack("<Q", content[:8])
        event, content = content[12 : 12 + length], content[16 + length :]
        fields = dict(_fields(event))
        for number, value in _fields(fields.get(5, b"")):
            assert number == 1
            scalar = dict(_fields(value))
            found.setdefault(scalar[1].decode(), []).append((fields[2], scalar[2]))
    return found


def _fields(message: bytes):
    while message:
        number, kind = message[0] >> 3, message[0] & 7
        message = message[1:]
        if kind in (1, 5):
            size, code = {1: (8, "<d"), 5: (4, "<f")}[kind]
            yield number, struct.unpack(code, message[:size])[0]
        else:
            size, value = _varint(message)
            message = message[size:]
            if kind == 0:
                yield number, value
                continue
            size = value
            yield number, message[:size]
        message = message[size:]


def _varint(message: bytes) -> tuple[int, int]:
    size = next(place for place, byte in enumerate(message) if byte < 0x80) + 1
    return size, sum((byte & 0x7F) << 7 * place for place, byte in enumerate(message[:size]))


def test_the_bytes_are_those_that_tensorboard_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(event_files.time, "time", lambda: 1.5)
    file = EventFile(tmp_path, "run", after_step=4)
    file.write(300, {"train/loss": 0.25, "eval/loss": 2.5})
    file.close()
    assert file.path.read_bytes() == WRITTEN_BY_TENSORBOARD
    assert scalars(file.path) == {"train/loss": [(300, 0.25)], "eval/loss": [(300, 2.5)]}


def test_each_attempt_has_a_file_of_its_own_that_is_read_after_the_earlier_ones(tmp_path, monkeypatch):
    names = []
    for clock in (1000.0, 1000.0, 500.0):  # two attempts in a second, then a clock set back
        monkeypatch.setattr(event_files.time, "time", lambda clock=clock: clock)
        file = EventFile(tmp_path / "tensorboard", "run", after_step=-1)
        file.close()
        names.append(file.path.name)
    assert names == sorted(set(names)) and names[0].startswith("events.out.tfevents.")
