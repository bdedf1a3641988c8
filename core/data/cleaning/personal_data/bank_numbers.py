"""Finds card numbers and IBANs by their check digits."""

import re
from collections.abc import Iterator

from core.data.cleaning.personal_data.announced import said_before

# Each pattern begins with the characters a match may begin with and looks behind from there, which is many times faster
# than a lookbehind at every position.
_CARD = re.compile(
    r"\d(?<![\w-]\d)(?<!\d[.,]\d)\d{3}([ -]?)"
    r"(?:\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{6}\1\d{4,5}|\d{8,9})(?![\w-]|[ .,]\d)"
)
_CARD_BRANDS = re.compile(r"(?:4\d|5[0-8]|2[2-7]|35|6\d)\d{14}(?:\d{3})?|3[47]\d{13}|(?:2131|1800)\d{11}|3[068]\d{12}")
_SAYS_CARD = re.compile(r"card|karte|visa|maestro|amex", re.IGNORECASE)
_IBAN = re.compile(r"[A-Z](?<!\w[A-Z])[A-Z]\d{2} ?[A-Z0-9]{4}(?: ?[A-Z0-9]{1,4}){2,8}")
_SHORTEST_IBAN = 15


def bank_numbers(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind ("IBAN" or "CARD"), start and end of each."""
    yield from _ibans(text)
    yield from _cards(text)


def _ibans(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _IBAN.finditer(text):
        from stdnum import iban

        # Capitalized words that follow may have matched as its last groups.
        start = match.start()
        for end in range(match.end(), start + _SHORTEST_IBAN - 1, -1):
            ends_word = end == len(text) or not (text[end].isalnum() and text[end - 1].isalnum())
            if ends_word and text[end - 1] != " " and iban.is_valid(text[start:end]):
                yield "IBAN", start, end
                break


def _cards(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _CARD.finditer(text):
        from stdnum import luhn

        digits = match[0].replace(" ", "").replace("-", "")
        known = _CARD_BRANDS.fullmatch(digits) or said_before(_SAYS_CARD, text, match.start())
        if known and luhn.is_valid(digits):
            yield "CARD", *match.span()
