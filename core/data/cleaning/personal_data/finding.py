"""Finds personal data in text and replaces it with placeholders.

Names of people are not covered; docs/decisions.md says why.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from core.data.cleaning.personal_data.addresses import ADDRESS_HINTS, STREET_HINTS, addresses, announced_addresses
from core.data.cleaning.personal_data.bank_numbers import bank_numbers
from core.data.cleaning.personal_data.national_ids import ID_CARD_HINTS, national_ids
from core.data.cleaning.personal_data.phones import phones

_LOCAL = re.compile(r"(?<![\w.+%-])\w[\w.+%'-]{0,63}$")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?![\w-])")
_FILE_ENDS = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".js", ".ts", ".css", ".py", ".json", ".html")
_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_LEAST_DIGITS = 5
# All numbers and postal codes have five digits close together. Years and lists do not.
_DENSE = re.compile(r"\d(?:[ ().\-/\u2010\u2011\u2013]{0,2}\d){4}")


class Found(NamedTuple):
    """A piece of personal data: its kind (the word in its placeholder) and its position."""

    kind: str
    start: int
    end: int


def find_personal_data(text: str) -> list[Found]:
    """Every piece in `text`, in order and without overlaps.

    Kinds: EMAIL, IBAN, CARD, US_SSN, DE_TAX_ID, DE_SOCIAL_SECURITY, DE_ID_CARD, ADDRESS, PHONE.
    """
    digits = len(text.encode(errors="replace").translate(None, _NO_DIGITS))
    has_numbers = digits >= _LEAST_DIGITS and (_DENSE.search(text) or _has_any(ID_CARD_HINTS, text))
    # The kinds with the strongest evidence come first and claim their position.
    found: list[Found] = []
    if "@" in text:
        _add(found, _emails(text))
    if has_numbers:
        _add(found, bank_numbers(text))
        _add(found, national_ids(text))
    if has_numbers or (digits and _has_any(STREET_HINTS, text)):
        _add(found, addresses(text))
    if digits and _has_any(ADDRESS_HINTS, text):
        _add(found, announced_addresses(text))
    if has_numbers:
        _add(found, phones(text))
    return found


def redact(text: str, found: list[Found]) -> str:
    """`text` with `[KIND]` in place of each piece in `found`."""
    pieces, end = [], 0
    for piece in found:
        pieces += text[end : piece.start], f"[{piece.kind}]"
        end = piece.end
    return "".join(pieces) + text[end:]


def _has_any(hints: tuple[str, ...], text: str) -> bool:
    # In a long text, `rfind` takes less than half the time of `in`.
    return max(map(text.rfind, hints)) >= 0


def _add(found: list[Found], more: Iterator[tuple[str, int, int]]) -> None:
    """Insert `more` into `found` in order, skipping those that overlap what is already there."""
    for piece in more:
        kind, start, end = piece
        at = bisect_left(found, start, key=lambda other: other.start)
        free_before = at == 0 or found[at - 1].end <= start
        if free_before and (at == len(found) or end <= found[at].start):
            found.insert(at, Found(kind, start, end))


def _emails(text: str) -> Iterator[tuple[str, int, int]]:
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        local = domain and _LOCAL.search(text, max(0, at - 65), at)
        if local and not _is_path(local[0], domain[0], text[domain.end() : domain.end() + 1]):
            yield "EMAIL", local.start(), domain.end()
        at = text.find("@", at + 1)


def _is_path(local: str, domain: str, after: str) -> bool:
    """git@host:path is a repository, icon@2x.png a file."""
    return (local == "git" and after in (":", "/")) or domain.lower().endswith(_FILE_ENDS)
