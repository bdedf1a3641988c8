"""Tidies white space: single spaces, no trailing ones, at most one empty line. Indents stay."""

import re

from core.data.cleaning.unicode import is_printable

_SPACES = re.compile("  +")
_INNER_SPACE = re.compile(r"(?<=\S)(?: [^\S\n]+|[^\S\n ][^\S\n]*)")
_ODD_SPACE = re.compile(r"[^\S\n\t ]")
_EMPTY_LINES = re.compile(r"\n{3,}")
_PLAIN = bytes(range(0x20, 0x7F)) + b"\n"


def tidy_space(text: str) -> str:
    """`text` with single spaces within lines, none at their ends, and at most one empty line; indents stay."""
    if " \n" in text or not _has_plain_space(text):
        text = "\n".join([line.rstrip() for line in text.split("\n")])
        if not _has_plain_space(text):
            text = _INNER_SPACE.sub(" ", text)
    if "  " in text:
        text = _single_spaces(text)
    if "\n\n\n" in text:
        text = _EMPTY_LINES.sub("\n\n", text)
    return text.strip()


def tidy_lines(text: str) -> str:
    """`tidy_space` without touching runs of spaces within lines, which may be code or columns."""
    text = "\n".join([_ODD_SPACE.sub(" ", line).rstrip() for line in text.split("\n")])
    return _EMPTY_LINES.sub("\n\n", text).strip()


def _has_plain_space(text: str) -> bool:
    """Whether the only white space is spaces and line ends."""
    return not text.encode().translate(None, _PLAIN) if text.isascii() else is_printable(text)


def _single_spaces(text: str) -> str:
    if text.startswith("  ") or "\n  " in text:
        return _SPACES.sub(_one_space, text)
    while "  " in text:  # several times faster than the pattern
        text = text.replace("  ", " ")
    return text


def _one_space(spaces: re.Match) -> str:
    """A single space, or the indent of a line unchanged."""
    is_indent = spaces.start() == 0 or spaces.string[spaces.start() - 1] == "\n"
    return spaces[0] if is_indent else " "
