"""The last number in a text: answers reason first. One reader for rewards and metrics."""

import re
from decimal import Decimal

_NUMBER = re.compile(r"((?<![\w)])[-−+])?(\d+(?:[.,\u00a0\u202f]\d+)*)([eE][-+]?\d{1,3}(?!\w))?")
_SEPARATOR = re.compile(r"([.,\u00a0\u202f])")
_AFTERWARDS = re.compile(r"\W*(?:\w{1,12}\W*)?")
"""What may follow the number that an answer ends in: marks, and one word, such as a unit."""
_IN_A_WORD = re.compile(r"[^\W\d_]-?$")
"""What stands before digits that are part of a word: `COVID-19`, `B12`."""


def last_number(text: str) -> Decimal | None:
    """The last number in a text, in English or continental notation; None without any."""
    found = _NUMBER.findall(text)
    if not found:
        return None
    sign, digits, power = found[-1]
    groups, separators = _SEPARATOR.split(digits)[::2], _SEPARATOR.findall(digits)
    if _are_thousands(groups, separators) and separators != ["."]:  # 1,234 and 1.234.567, but not 1.234 and 0,125
        number = "".join(groups)
    elif len(separators) == 1 and separators[0] in ".,":
        number = ".".join(groups)
    elif (
        separators
        and separators[-1] in set(".,") - set(separators[:-1])
        and _are_thousands(groups[:-1], separators[:-1])
    ):
        number = "".join(groups[:-1]) + "." + groups[-1]  # 1,234.5 and 1.234,5
    else:  # a single one, or a list or date
        return Decimal(("" if separators else sign.replace("−", "-")) + groups[-1] + power)
    return Decimal(sign.replace("−", "-") + number + power)


def ends_in_number(text: str) -> bool:
    """Whether a text ends in a number, but for a unit and marks: `so 12`, `#### 12`, `12.50 €`, `about 12 litres.`"""
    *_, last = (None, *_NUMBER.finditer(text))
    return (
        last is not None
        and not _IN_A_WORD.search(text[: last.start()])
        and bool(_AFTERWARDS.fullmatch(text, last.end()))
    )


def _are_thousands(groups: list[str], separators: list[str]) -> bool:
    """Whether groups of digits are one number with thousands separators, all of one kind."""
    first, *rest = groups
    grouped = bool(rest) and len(first) <= 3 and first[0] != "0" and all(len(group) == 3 for group in rest)
    return grouped and len(set(separators)) == 1
