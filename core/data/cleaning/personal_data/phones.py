"""Finds phone numbers: by an unmistakable form, by validity in a numbering plan, or by the words before them."""

import re
from collections.abc import Iterator

# One number: groups of digits with a single separator between them. Each character matches in one way only, so there is
# no backtracking. " / " follows a German area code; elsewhere it separates two numbers.
_AFTER_AREA = r"(?:(?<=\)\d\d)|(?<=\)\d{3})|(?<=\b0\d\d)|(?<=\b0\d{3})|(?<=\b0\d{4})) / "
_NUMBER = re.compile(
    r"[+(\d](?<![\w#=$€£%+-].)(?<!\d[.,:/].)(?:(?<=\d)|(?=\(?\d))\(?\d*"
    rf"(?:(?:\)[ /-]?| ?\(|{_AFTER_AREA}|[ .\-/\u2010\u2011\u2013])\d+)*"
    r"(?P<extension>,? ?(?:x|ext\.? ?|extension |durchwahl )\d{1,5}(?!\w))?",
    re.IGNORECASE,
)
_SHORTEST = 6
_NOT_AFTER = re.compile(r"\w|[.,:/-]\d|\s?(?:[%€$£°]|(?:km|kg|cm|mm|ml|EUR|USD|Euro|dollars?)\b)")
_NORTH_AMERICAN = re.compile(r"(?:(?:\+|00)?1[ .-]?)?(?:\(\d{3}\)[ -]?|\d{3}([ .\-\u2011]))\d{3}[ .\-\u2011]\d{4}")
_WITH_AREA = re.compile(r"\(0\d{2,5}\)[ /-]?\d{3,4}[ -]?\d{1,5}")
_DATE = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2,4}|\d{4}([./-])\d{1,2}\2\d{1,2}(?: \d{1,2})?")
_ZIP_PLUS_4 = re.compile(r"\d{5}-\d{4}")
_GERMAN_MOBILE = re.compile(r"01[567]\d{8,10}")
# Directly before the number.
_ANNOUNCED = re.compile(
    r"(?:\b(?:tele)?phone|\btel(?:efon)?|\bfon|\bmobile|\bcell(?:phone)?|\bhandy|\bmobil|\bfax|whatsapp|rufnummer|\bsms"
    r"|telefonnummer|handynummer|mobilnummer|hotline|\bdial|\bcall(?:ing)?|\bcall (?:me|us|him|her|them)"
    r"|\btext (?:me|us)|\brufen sie|\bruf mich|\banrufen|my number|meine nummer"
    r"|\breach (?:me|us)|\bcontact (?:me|us)|erreichbar|erreichen sie (?:mich|uns))"
    r"[.:]?(?:\s(?:number|no\.?|nr\.?|nummer))?[.:]?(?:\s(?:is|at|on|ist|lautet|unter|an|uns|mich|der))*\s?[:=]?\s?$",
    re.IGNORECASE,
)
_OTHER_NUMBER = re.compile(
    r"\b(?:order|invoice|ref(?:erence)?|ticket|case|part|serial|model|item|tracking|account|isbn|issn|sku|doi|version"
    r"|bestell\w*|auftrags\w*|rechnungs\w*|artikel\w*|kunden\w*|aktenzeichen|serien\w*)\b"
    r"[ .:#-]*(?:(?:number|no|nr|nummer|id|code)\b)?[ .:#-]*(?:(?:is|ist|lautet)\b)?[ :#]*$",
    re.IGNORECASE,
)
_WORDS_BEFORE = 40
_LEAST_DIGITS, _MOST_DIGITS = 6, 15
_MOST_GROUPS = 8


def phones(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind ("PHONE"), start and end of each."""
    for match in _NUMBER.finditer(text):
        if match.end() - match.start() < _SHORTEST or _NOT_AFTER.match(text, match.end()):
            continue
        end = match.start("extension") if match["extension"] else match.end()
        number = text[match.start() : end]
        before = text[max(0, match.start() - _WORDS_BEFORE) : match.start()]
        if length := _phone_length(number, before):
            whole = match.end() if length == len(number) else match.start() + length
            yield "PHONE", match.start(), whole


def _phone_length(number: str, before: str) -> int:
    """How many characters of `number` form a phone number; 0 if it is not one."""
    digits = _digits(number)
    if len(digits) < _LEAST_DIGITS or _DATE.fullmatch(number):
        return 0
    shaped = _NORTH_AMERICAN.fullmatch(number) or _WITH_AREA.fullmatch(number)
    if len(digits) <= _MOST_DIGITS and (_ANNOUNCED.search(before) or (shaped and number[0] in "+(")):
        return len(number)
    if number[0] == "+" or (digits.startswith("00") and len(digits) >= 10):
        return _international_length(number)
    if len(digits) > _MOST_DIGITS or _OTHER_NUMBER.search(before):
        return 0
    is_phone = _is_north_american(number, digits, before) or _is_german_or_british(number, digits)
    return len(number) if is_phone else 0


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def _international_length(number: str) -> int:
    """The length of the longest valid prefix by groups; the whole length if it is grouped and at least possible."""
    import phonenumbers

    written = number.replace("(0)", "   ")
    if not written.startswith("+"):
        written = written.replace("00", " +", 1)
    ends = [match.end() for match in re.finditer(r"\d+", written)]
    for end in reversed(ends[:_MOST_GROUPS]):
        if _judged(phonenumbers.is_valid_number, written[:end], None):
            return end
    grouped = written.startswith("+") and (len(ends) > 2 or "(0)" in number)
    return len(number) if grouped and _judged(phonenumbers.is_possible_number, written, None) else 0


def _is_north_american(number: str, digits: str, before: str) -> bool:
    if not (shape := _NORTH_AMERICAN.fullmatch(number)):
        return False
    if shape[1] == " ":
        # Three groups of digits separated by spaces may be any sequence of numbers.
        import phonenumbers

        return not before[-2:-1].isdigit() and _judged(phonenumbers.is_valid_number, digits, "US")
    return True


def _is_german_or_british(number: str, digits: str) -> bool:
    """Whether it has a trunk prefix (0) and is valid in the German or British numbering plan."""
    if _GERMAN_MOBILE.fullmatch(digits) and number == digits:
        return _valid(digits, "DE")
    groups = re.findall(r"\d+", number)
    may_be = (
        digits[0] == "0" and 2 <= len(groups) <= 5 and 8 <= len(digits) <= 13 and len(groups[0]) > 2
        and "." not in number and not _ZIP_PLUS_4.fullmatch(number)
    )  # fmt: skip
    return may_be and not _is_isbn(digits) and (_valid(digits, "DE") or _valid(digits, "GB"))


def _is_isbn(digits: str) -> bool:
    from stdnum import isbn

    return isbn.is_valid(digits)


def _valid(digits: str, region: str) -> bool:
    import phonenumbers

    return _judged(phonenumbers.is_valid_number, digits, region)


def _judged(judge, written: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return judge(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException:
        return False
