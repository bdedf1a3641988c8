"""Guesses the encoding of text that is not Unicode."""

import codecs
import re

_DECLARED = re.compile(rb"<meta[^>]{1,200}?charset=[\"' ]*([A-Za-z0-9_:-]{2,30})", re.IGNORECASE)
_DENSE = 0.3
# Without their rare relatives, which charset_normalizer picks on short texts in place of the common ones.
_DENSE_ENCODINGS = [
    "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874", "cp932", "euc_jp", "gb18030", "big5", "cp949", "cp1252",
]  # fmt: skip
_WESTERN = ["cp1252", "cp1250", "cp1257"]
_NOT_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_SIGN_IN_WORD = re.compile(r"[^\W\d_](?![^\W\d_])[^\x00-\x7f](?=[^\W\d_])")


def legacy_encoding(sample: bytes, head: bytes) -> str:
    """The encoding that a page declares in its `head`, else the most likely one for the letters in `sample`."""
    if declared := _declared(head):
        return declared
    letters = sum(map(len, re.findall(rb"[A-Za-z\x80-\xff]+", sample)))
    high = len(re.findall(rb"[\x80-\xff]", sample))
    if high > letters * _DENSE and (guessed := _guessed(sample)):
        return guessed
    return _western(sample)


def _western(sample: bytes) -> str:
    """The encoding of a text in Latin letters: the one with the fewest symbols (¿, £, ¹) inside words."""
    if b"\r" in sample and b"\n" not in sample:
        return "mac_roman"  # line ends of the classic Mac OS, which Excel still writes
    if _NOT_IN_CP1252.search(sample):
        return "latin-1"  # the bytes that cp1252 leaves undefined are control characters in Latin-1
    return min(_WESTERN, key=lambda name: len(_SIGN_IN_WORD.findall(sample.decode(name, "replace"))))


def _declared(head: bytes) -> str | None:
    """The encoding that a web page declares, if it is a known one other than UTF-8."""
    if match := _DECLARED.search(head):
        name = match[1].decode("ascii")
        try:
            b"a".decode(name)
        except (LookupError, UnicodeError):
            return None
        return None if codecs.lookup(name).name == "utf-8" else codecs.lookup(name).name
    return None


def _guessed(sample: bytes) -> str | None:
    """The encoding of a text that is mostly beyond ASCII, such as Russian or Japanese, by letter statistics."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample[: 64 << 10], cp_isolation=_DENSE_ENCODINGS).best()
    return best.encoding if best else None
