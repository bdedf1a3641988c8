"""Detects the encoding of text: by byte order mark, as UTF-8, as UTF-16, else as a legacy encoding."""

import codecs
import re
import unicodedata
from typing import BinaryIO

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import FORMATS_READ, Encoding
from core.data.reading.encodings.legacy import legacy_encoding
from core.data.reading.encodings.utf8 import end_of_characters, is_utf8
from core.errors import InputError

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_PIECE_BYTES = 1 << 20
_HEAD_BYTES = 4_096
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS = 0.005
_FEW_NULS = 0.02
_UNPRINTABLE = ("Cc", "Cn", "Co", "Cs")


def detect_encoding(content: Content) -> Encoding:
    """The encoding, judged by the whole content. Raises InputError for empty or binary files."""
    head = content.head(_HEAD_BYTES)
    if not head.strip():
        _check_not_empty(content)
    marked = next((name for mark, name in _BYTE_ORDER_MARKS.items() if head.startswith(mark)), None)
    if marked:
        return Encoding(marked, "counted")
    if wide := _unmarked_utf16(head):
        return Encoding(wide, "counted")
    with content.open() as file:
        return _look_through(file, content, head)


def _check_not_empty(content: Content) -> None:
    with content.open() as file:
        while piece := file.read(_PIECE_BYTES):
            if piece.strip():
                return
    raise InputError(f"{content.name} is empty, or holds only white space (byte 0 to its end).", FORMATS_READ)


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without a byte order mark: NULs at only even or only odd offsets, and decoding gives real characters."""
    pairs = head[: len(head) // 2 * 2]
    zeros = pairs[::2].count(0), pairs[1::2].count(0)
    if min(zeros) > max(zeros) * 0.05 or not max(zeros) or _is_ascii_with_nuls(head, max(zeros)):
        return None
    name = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    text = pairs.decode(name, "replace")
    strange = sum(character not in "\t\r\n" and unicodedata.category(character) in _UNPRINTABLE for character in text)
    return name if strange <= len(text) * 0.01 else None


def _is_ascii_with_nuls(head: bytes, zeros: int) -> bool:
    """Whether this is ASCII text with a few stray NULs rather than UTF-16."""
    rest = head.replace(b"\0", b"")
    return zeros < len(head) * _FEW_NULS and rest.isascii() and not _CONTROLS.search(rest)


def _look_through(file: BinaryIO, content: Content, head: bytes) -> Encoding:
    begun = b""  # a character cut off by the end of the last piece
    place, has_wide_characters = 0, False
    while piece := file.read(_PIECE_BYTES):
        if (found := piece.find(0)) >= 0:
            raise _binary(content, place + found)
        if begun or not piece.isascii():
            looked_at = begun + piece
            end = end_of_characters(looked_at)
            if not is_utf8(looked_at[:end]):
                return _damaged_or_legacy(looked_at, has_wide_characters, content, head, place)
            has_wide_characters = True
            begun = looked_at[end:]
        place += len(piece)
    if begun:
        return Encoding("utf-8", "counted")
    _check_controls(head, content, 0)
    return Encoding("utf-8")


def _damaged_or_legacy(sample: bytes, has_wide_characters: bool, content: Content, head: bytes, place: int) -> Encoding:
    """UTF-8 with a few bad bytes if most non-ASCII characters decode, else a legacy encoding."""
    _check_controls(sample, content, place)
    text = sample.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(character > "\x7f" for character in text) - bad
    if has_wide_characters or good > 4 * bad:
        return Encoding("utf-8", "counted")
    return Encoding(legacy_encoding(sample, head), "counted")


def _check_controls(sample: bytes, content: Content, place: int) -> None:
    found = _CONTROLS.findall(sample)
    if len(found) > len(sample) * _MOST_CONTROLS:
        raise _binary(content, place + _CONTROLS.search(sample).start())


def _binary(content: Content, place: int) -> InputError:
    return InputError(
        f"{content.name} is not a text file: it holds binary data, first at byte {place}.",
        FORMATS_READ,
    )
