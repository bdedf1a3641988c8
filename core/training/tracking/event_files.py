"""TensorBoard event files: a TFRecord of `Event` messages per attempt, written without TensorFlow or TensorBoard.

The formats are in TensorFlow's event.proto, summary.proto and record_writer.h.
"""

import struct
import time
from pathlib import Path

_POLYNOMIAL = 0x82F63B78
"""CRC-32C (Castagnoli), bits reversed."""
_LARGEST = 3.4e38
"""About the largest float32: a perplexity may be larger."""


class EventFile:
    """The scalars of one attempt that begins after optimizer step `after_step`.

    Its first event tells TensorBoard to discard what earlier files hold of later steps, so a resumed run shows no step
    twice. Files are read in the order of their names, which a clock set back does not change. Raises OSError.
    """

    def __init__(self, folder: Path, run_id: str, after_step: int):
        folder.mkdir(parents=True, exist_ok=True)
        number = max((_number(path) for path in folder.glob("*tfevents*")), default=0) + 1
        self.path = folder / f"events.out.tfevents.{max(number, int(time.time())):010}.{run_id}"
        self._file = self.path.open("xb")
        self._write(_text(3, b"brain.Event:2"))
        self._write(_integer(2, after_step + 1) + _text(7, _integer(1, 1)))  # a session log: START
        self.flush()

    def write(self, step: int, values: dict[str, float]) -> None:
        """Append one event with the scalars `values`, by tag, of optimizer step `step`."""
        scalars = (_text(1, tag.encode()) + b"\x15" + _float32(value) for tag, value in values.items())
        self._write(_integer(2, step) + _text(5, b"".join(_text(1, scalar) for scalar in scalars)))

    def flush(self) -> None:
        """Let readers see what was written."""
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def _write(self, event: bytes) -> None:
        event = b"\x09" + struct.pack("<d", time.time()) + event
        length = struct.pack("<Q", len(event))
        self._file.write(length + _checksum(length) + event + _checksum(event))


def _number(path: Path) -> int:
    """The number in an event file's name that orders it, a time in seconds; 0 if there is none."""
    number = path.name.partition("tfevents.")[2].partition(".")[0]
    return int(number) if number.isdecimal() else 0


def _integer(field: int, value: int) -> bytes:
    """A protobuf field that holds a varint, not negative."""
    return bytes([field << 3]) + _varint(value)


def _text(field: int, content: bytes) -> bytes:
    """A protobuf field that holds a text or a message."""
    return bytes([field << 3 | 2]) + _varint(len(content)) + content


def _float32(value: float) -> bytes:
    return struct.pack("<f", min(max(value, -_LARGEST), _LARGEST))


def _varint(value: int) -> bytes:
    groups = []
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])


def _remainder(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_REMAINDERS = [_remainder(byte) for byte in range(256)]


def _checksum(content: bytes) -> bytes:
    """The masked CRC-32C of a TFRecord, little-endian."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _REMAINDERS[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
