"""Finds out how text is encoded, and opens it so."""

import codecs
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, TextIO

from core.data.reading.content import Content
from core.errors import InputError

FORMATS_READ = (
    "Give CSV, JSON, JSON lines, Parquet, Arrow, Excel, text, Markdown, PDF, Word (docx), HTML, an export of a chat or "
    "an annotation tool, or an archive of such."
)
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_PIECE_BYTES = 1 << 20
_HEAD_BYTES = 4_096
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_DECLARED = re.compile(rb"<meta[^>]{1,200}?charset=[\"' ]*([A-Za-z0-9_:-]{2,30})", re.IGNORECASE)
_MOST_CONTROLS = 0.005
_FEW_ZEROS = 0.02
_DENSE = 0.3
# Rare relatives of these are left out: on short texts they are guessed in place of the common one.
_DENSE_ENCODINGS = [
    "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874", "cp932", "euc_jp", "gb18030", "big5", "cp949", "cp1252",
]  # fmt: skip
_WESTERN = ["cp1252", "cp1250", "cp1257"]
_NOT_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_SIGN_IN_WORD = re.compile(r"[^\W\d_](?![^\W\d_])[^\x00-\x7f](?=[^\W\d_])")
_NO_TEXT = ("Cc", "Cn", "Co", "Cs")


@dataclass(frozen=True)
class Encoding:
    """How a content is to be decoded."""

    name: str
    errors: str = "strict"
    """`counted`: what is no character of the encoding becomes U+FFFD, and the meter counts it."""

    @property
    def is_plain_utf8(self) -> bool:
        return self.name in ("utf-8", "utf-8-sig") and self.errors == "strict"

    def open(self, content: Content, is_counted: bool = True) -> TextIO:
        """The text from its start, line ends as they are; `is_counted` where it is read for good."""
        errors = self.errors if self.errors == "strict" or is_counted else "replace"
        if errors == "counted":
            codecs.register_error("counted", partial(_count, content.meter.replaced, self.name))
        return io.TextIOWrapper(content.open(), encoding=self.name, errors=errors, newline="")


def _count(replaced: Counter[str], encoding: str, error: UnicodeError) -> tuple[str, int]:
    replaced[encoding] += 1
    return "\ufffd", error.end


def detect(content: Content) -> Encoding:
    """The encoding of a content, all of which was looked at. Raises InputError for what is empty or no text."""
    head = content.head(_HEAD_BYTES)
    if not head.strip():
        _check_not_empty(content)
    marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    if marked:
        return Encoding(marked, "counted")
    if wide := _wide(head):
        return Encoding(wide, "counted")
    with content.open() as file:
        return _look_through(file, content, head)


def _check_not_empty(content: Content) -> None:
    with content.open() as file:
        while piece := file.read(_PIECE_BYTES):
            if piece.strip():
                return
    raise InputError(f"{content.name} is empty: there is nothing from byte 0 to its end.", FORMATS_READ)


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: zeros in one half only of its pairs of bytes give it away, and real characters confirm."""
    pairs = head[: len(head) // 2 * 2]
    zeros = pairs[::2].count(0), pairs[1::2].count(0)
    if min(zeros) > max(zeros) * 0.05 or not max(zeros) or _is_text_with_zeros(head, max(zeros)):
        return None
    name = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    text = pairs.decode(name, "replace")
    strange = sum(character not in "\t\r\n" and unicodedata.category(character) in _NO_TEXT for character in text)
    return name if strange <= len(text) * 0.01 else None


def _is_text_with_zeros(head: bytes, zeros: int) -> bool:
    """Whether bytes are ASCII in which a few zeros got lost, and no pairs for letters of other alphabets."""
    rest = head.replace(b"\0", b"")
    return zeros < len(head) * _FEW_ZEROS and rest.isascii() and not _CONTROLS.search(rest)


def _look_through(file: BinaryIO, content: Content, head: bytes) -> Encoding:
    begun = b""  # of a character that goes on in the next piece
    place, has_wide_characters = 0, False
    while piece := file.read(_PIECE_BYTES):
        if (found := piece.find(0)) >= 0:
            raise _no_text(content, place + found)
        if begun or not piece.isascii():
            looked_at = begun + piece
            end = _end_of_characters(looked_at)
            if not _is_utf8(looked_at[:end]):
                return _not_plain_utf8(looked_at, has_wide_characters, content, head, place)
            has_wide_characters = True
            begun = looked_at[end:]
        place += len(piece)
    if begun:
        return Encoding("utf-8", "counted")
    _check_controls(head, content, 0)
    return Encoding("utf-8")


def _end_of_characters(data: bytes) -> int:
    """Where the last character that goes on after `data` begins, or the end of `data`."""
    for back in range(1, min(4, len(data) + 1)):
        if 0xC2 <= data[-back] <= 0xF4:  # begins one of two to four bytes
            size = 2 + (data[-back] >= 0xE0) + (data[-back] >= 0xF0)
            return len(data) - back if size > back else len(data)
    return len(data)


def _is_utf8(data: bytes) -> bool:
    if len(data) < _PIECE_BYTES:
        try:
            data.decode()
        except UnicodeDecodeError:
            return False
        return True
    import pyarrow as pa  # takes a while, and then a tenth of the time

    text = pa.Array.from_buffers(
        pa.large_string(), 1, [None, pa.array([0, len(data)]).buffers()[1], pa.py_buffer(data)]
    )
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _not_plain_utf8(sample: bytes, has_wide_characters: bool, content: Content, head: bytes, place: int) -> Encoding:
    _check_controls(sample, content, place)
    text = sample.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(character > "\x7f" for character in text) - bad
    if has_wide_characters or good > 4 * bad:
        return Encoding("utf-8", "counted")
    if declared := _declared(head):
        return Encoding(declared, "counted")
    letters = sum(map(len, re.findall(rb"[A-Za-z\x80-\xff]+", sample)))
    high = len(re.findall(rb"[\x80-\xff]", sample))
    if high > letters * _DENSE and (guessed := _guessed(sample)):
        return Encoding(guessed, "counted")
    return Encoding(_western(sample), "counted")


def _western(sample: bytes) -> str:
    """The encoding of a text in Latin letters: the first in which the fewest signs (¿, £, ¹) stand inside words."""
    if b"\r" in sample and b"\n" not in sample:
        return "mac_roman"  # the ends of lines are those of an old Mac, or of Excel's CSV for one
    if _NOT_IN_CP1252.search(sample):
        return "latin-1"  # in which the bytes that cp1252 leaves out are control characters
    return min(_WESTERN, key=lambda name: len(_SIGN_IN_WORD.findall(sample.decode(name, "replace"))))


def _declared(head: bytes) -> str | None:
    """What a web page says of its own encoding, where it is one that this text can be in."""
    if match := _DECLARED.search(head):
        name = match[1].decode("ascii")
        try:
            b"a".decode(name)
        except (LookupError, UnicodeError):
            return None
        return None if codecs.lookup(name).name == "utf-8" else codecs.lookup(name).name
    return None


def _guessed(sample: bytes) -> str | None:
    """The encoding of a text that is mostly beyond ASCII, such as Russian or Japanese, from its letters."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample[: 64 << 10], cp_isolation=_DENSE_ENCODINGS).best()
    return best.encoding if best else None


def _check_controls(sample: bytes, content: Content, place: int) -> None:
    found = _CONTROLS.findall(sample)
    if len(found) > len(sample) * _MOST_CONTROLS:
        raise _no_text(content, place + _CONTROLS.search(sample).start())


def _no_text(content: Content, place: int) -> InputError:
    return InputError(
        f"{content.name} is not a text file: it holds bytes that are no letters, the first at byte {place}.",
        FORMATS_READ,
    )
