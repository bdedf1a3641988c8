"""Looks for the words before a number that say what it is."""

import re

_CHARACTERS_BEFORE = 50


def said_before(says: re.Pattern, text: str, start: int) -> bool:
    """Whether `says` matches in the 50 characters before `start`."""
    return bool(says.search(text, max(0, start - _CHARACTERS_BEFORE), start))
