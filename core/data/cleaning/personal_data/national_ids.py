"""Finds US and German national ids by their check digits.

Where a number has no check digit, or a weak one, the words before it must say what it is.
"""

import re
from collections.abc import Iterator

from core.data.cleaning.personal_data.announced import said_before

_US_SSN = re.compile(r"\d(?<![\w-]\d)\d{2}([- ]?)\d{2}\1\d{4}(?![\w-])")
_SAYS_SSN = re.compile(r"\bssns?\b|social[ -]security|\bitin\b", re.IGNORECASE)

_DE_TAX_ID = re.compile(r"\d(?<![\w+/-]\d)(?<!\d[.,]\d)\d ?\d{3} ?\d{3} ?\d{3}(?!\w|[.,/-]\d| \d)")
_DE_TAX_NUMBER = re.compile(r"\d(?<![\w/]\d)(?:\d{1,2}/\d{3,4}/\d{4,5}|\d{9,10}|\d{12})(?![\w/])")
_SAYS_TAX = re.compile(r"steuer-?\s?(?:nummer|nr|id)|\bst\.?-?\s?nr|finanzamt|\btax (?:number|id)", re.IGNORECASE)

_DE_SOCIAL_SECURITY = re.compile(r"(\d(?<!\w\d)\d) ?(\d{2})(\d{2})(\d{2}) ?([A-Z]) ?(\d{2})(\d)(?!\w)")
_WEIGHTS = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)

_DE_ID_CARD = re.compile(
    r"([CFGHJKLMNPRTVWXYZ](?<!\w[A-Z])[CFGHJKLMNPRTVWXYZ0-9]*\d[CFGHJKLMNPRTVWXYZ0-9]*)(?:D|<<)?(?!\w)"
)
_SAYS_ID_CARD = re.compile(
    r"ausweis|reisepass|pass-?(?:nummer|nr)|passport|\bid[ -](?:card|karte|number)|identity card", re.IGNORECASE
)
# Cheap hints: parts of those words.
ID_CARD_HINTS = ("usweis", "eisepass", "assport", "Pass", "ID ", "ID-", "dentity card")


def national_ids(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end of each; the kinds with the strongest evidence first."""
    yield from _us_numbers(text)
    yield from _german_numbers(text)


def _us_numbers(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _US_SSN.finditer(text):
        from stdnum.us import itin, ssn

        is_formatted = match[1] == "-" and (ssn.is_valid(match[0]) or itin.is_valid(match[0]))
        if is_formatted or said_before(_SAYS_SSN, text, match.start()):
            yield "US_SSN", *match.span()


def _german_numbers(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _DE_TAX_ID.finditer(text):
        from stdnum.de import idnr

        if idnr.is_valid(match[0]) or said_before(_SAYS_TAX, text, match.start()):
            yield "DE_TAX_ID", *match.span()
    for match in _DE_TAX_NUMBER.finditer(text):
        from stdnum.de import stnr

        if said_before(_SAYS_TAX, text, match.start()) and stnr.is_valid(match[0]):
            yield "DE_TAX_ID", *match.span()
    for match in _DE_SOCIAL_SECURITY.finditer(text):
        if _is_social_security(*match.groups()):
            yield "DE_SOCIAL_SECURITY", *match.span()
    for match in _DE_ID_CARD.finditer(text):
        if _is_id_card(match[1]) and said_before(_SAYS_ID_CARD, text, match.start()):
            yield "DE_ID_CARD", *match.span()


def _is_social_security(area: str, day: str, month: str, year: str, letter: str, serial: str, check: str) -> bool:
    """A German pension insurance number: area, birthday (day + 50 for duplicates), initial, serial, check digit."""
    if not (1 <= int(day) % 50 <= 31 and 1 <= int(month) <= 12):
        return False
    digits = f"{area}{day}{month}{year}{ord(letter) - ord('A') + 1:02}{serial}"
    products = (int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return sum(product // 10 + product % 10 for product in products) % 10 == int(check)


def _is_id_card(number: str) -> bool:
    """The nine characters of a German identity card or passport, with or without the check digit (ICAO 9303)."""
    if len(number) != 10:
        return len(number) == 9
    weighted = sum(int(sign, 36) * (7, 3, 1)[place % 3] for place, sign in enumerate(number[:9]))
    return str(weighted % 10) == number[9]
