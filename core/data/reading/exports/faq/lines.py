"""Patterns for lines, shared by the kinds of documents."""

import re

HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)$")
_DRAWN = frozenset("-*_ \t")
"""Characters of lines that are empty or only separate texts."""
NUMBER = re.compile(r"^\d+[.)]\s+")
LEAST = 3
MOST_OF_THEM = 0.7


def text_of_lines(lines: list[str]) -> str:
    """Lines as one text, without a trailing separator."""
    end = len(lines)
    while end and _DRAWN.issuperset(lines[end - 1]):
        end -= 1
    return "\n".join(lines[:end]).strip()
