"""Numbers by which a bank or a state knows a person: cards, IBANs, US and German national ids, by their check digits.

Where a number has no check digit, or a weak one, the words before it must say what it is.
"""

import re
from collections.abc import Iterator

# Each pattern begins with the set of signs that it may begin with, and looks back from there: that is many times faster
# than looking back from every place in the text.
_CARD = re.compile(
    r"\d(?<![\w-]\d)(?<!\d[.,]\d)\d{3}([ -]?)"
    r"(?:\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{6}\1\d{4,5}|\d{8,9})(?![\w-]|[ .,]\d)"
)
_CARD_BRANDS = re.compile(r"(?:4\d|5[0-8]|2[2-7]|35|6\d)\d{14}(?:\d{3})?|3[47]\d{13}|(?:2131|1800)\d{11}|3[068]\d{12}")
_SAYS_CARD = re.compile(r"card|karte|visa|maestro|amex", re.IGNORECASE)
_IBAN = re.compile(r"[A-Z](?<!\w[A-Z])[A-Z]\d{2} ?[A-Z0-9]{4}(?: ?[A-Z0-9]{1,4}){2,8}")
_SHORTEST_IBAN = 15

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
# Parts of those words, as they are written.
ID_CARD_HINTS = ("usweis", "eisepass", "assport", "Pass", "ID ", "ID-", "dentity card")
_WORDS_BEFORE = 50


def identifiers(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end of each; the surest kinds first."""
    yield from _ibans(text)
    yield from _cards(text)
    yield from _us_numbers(text)
    yield from _german_numbers(text)


def _said_before(says: re.Pattern, text: str, start: int) -> bool:
    return bool(says.search(text, max(0, start - _WORDS_BEFORE), start))


def _ibans(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _IBAN.finditer(text):
        from stdnum import iban

        # The words in capitals that follow may have been taken for its last groups.
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
        known = _CARD_BRANDS.fullmatch(digits) or _said_before(_SAYS_CARD, text, match.start())
        if known and luhn.is_valid(digits):
            yield "CARD", *match.span()


def _us_numbers(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _US_SSN.finditer(text):
        from stdnum.us import itin, ssn

        is_written_so = match[1] == "-" and (ssn.is_valid(match[0]) or itin.is_valid(match[0]))
        if is_written_so or _said_before(_SAYS_SSN, text, match.start()):
            yield "US_SSN", *match.span()


def _german_numbers(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _DE_TAX_ID.finditer(text):
        from stdnum.de import idnr

        if idnr.is_valid(match[0]) or _said_before(_SAYS_TAX, text, match.start()):
            yield "DE_TAX_ID", *match.span()
    for match in _DE_TAX_NUMBER.finditer(text):
        from stdnum.de import stnr

        if _said_before(_SAYS_TAX, text, match.start()) and stnr.is_valid(match[0]):
            yield "DE_TAX_ID", *match.span()
    for match in _DE_SOCIAL_SECURITY.finditer(text):
        if _is_social_security(*match.groups()):
            yield "DE_SOCIAL_SECURITY", *match.span()
    for match in _DE_ID_CARD.finditer(text):
        if _is_id_card(match[1]) and _said_before(_SAYS_ID_CARD, text, match.start()):
            yield "DE_ID_CARD", *match.span()


def _is_social_security(area: str, day: str, month: str, year: str, letter: str, serial: str, check: str) -> bool:
    """A German pension insurance number: area, birthday (day + 50 of doubles), letter of the name, serial, check."""
    if not (1 <= int(day) % 50 <= 31 and 1 <= int(month) <= 12):
        return False
    digits = f"{area}{day}{month}{year}{ord(letter) - ord('A') + 1:02}{serial}"
    products = (int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return sum(product // 10 + product % 10 for product in products) % 10 == int(check)


def _is_id_card(number: str) -> bool:
    """Nine characters of a German identity card or passport, alone or with their check digit (ICAO 9303)."""
    if len(number) != 10:
        return len(number) == 9
    weighted = sum(int(sign, 36) * (7, 3, 1)[place % 3] for place, sign in enumerate(number[:9]))
    return str(weighted % 10) == number[9]
