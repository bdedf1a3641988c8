"""Finds personal data in text and writes a placeholder in its place."""

import re
from typing import NamedTuple

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}\b")


class Found(NamedTuple):
    """A piece of personal data: its kind (the word of its placeholder) and where it stands."""

    kind: str
    start: int
    end: int


def find_personal_data(text: str) -> list[Found]:
    """Every piece in `text`, in the order of the text, none overlapping another."""
    return [Found("EMAIL", *match.span()) for match in _EMAIL.finditer(text)] if "@" in text else []


def redact(text: str, found: list[Found]) -> str:
    """`text` with `[KIND]` in place of each of the pieces `found` in it."""
    pieces, end = [], 0
    for piece in found:
        pieces += text[end : piece.start], f"[{piece.kind}]"
        end = piece.end
    return "".join(pieces) + text[end:]
