"""Finds out how text is encoded, and opens it so."""

import codecs
import io
import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, TextIO

from core.data.reading.content import Content
from core.errors import InputError

FORMATS_READ = (
    "Give CSV, JSON, JSON lines, Parquet, Excel, text, Markdown, PDF, Word (docx) or HTML, or an archive of such."
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
_DENSE = 0.3


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
    """UTF-16 without a mark: the half of each common character that is zero gives it away."""
    pairs = len(head) // 2
    zeros = head[: pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if pairs >= 2 and max(zeros) > pairs * 0.3 and min(zeros) < pairs * 0.02:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return None


def _look_through(file: BinaryIO, content: Content, head: bytes) -> Encoding:
    decoder = codecs.getincrementaldecoder("utf-8")()
    begun = b""  # of a character that goes on in the next piece
    place, has_wide_characters = 0, False
    while piece := file.read(_PIECE_BYTES):
        if (found := piece.find(0)) >= 0:
            raise _no_text(content, place + found)
        if begun or not piece.isascii():
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                return _not_plain_utf8(begun + piece, has_wide_characters, content, head, place)
            has_wide_characters = True
            begun = decoder.getstate()[0]
        place += len(piece)
    if begun:
        return Encoding("utf-8", "counted")
    _check_controls(head, content, 0)
    return Encoding("utf-8")


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
    # The five bytes that cp1252 leaves out are control characters of Latin-1.
    return Encoding("latin-1" if re.search(rb"[\x81\x8d\x8f\x90\x9d]", sample) else "cp1252", "counted")


def _declared(head: bytes) -> str | None:
    if match := _DECLARED.search(head):
        try:
            return codecs.lookup(match[1].decode("ascii")).name
        except LookupError:
            return None
    return None


def _guessed(sample: bytes) -> str | None:
    """The encoding of a text that is mostly beyond ASCII, such as Russian or Japanese, from its letters."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample[: 64 << 10]).best()
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
