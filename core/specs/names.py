"""The rule for names of jobs and datasets: one owner for specs, use cases and REST."""

import re

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._ -]*"
LONGEST_NAME = 80


def is_name(text: str) -> bool:
    """Whether a job or dataset can be called this."""
    fits = len(text) <= LONGEST_NAME and re.fullmatch(NAME_PATTERN, text)
    return bool(fits) and ".." not in text and text == text.strip()
