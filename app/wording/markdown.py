"""Untrusted text, shortened and escaped for Streamlit's Markdown."""

import re

_MARKS = re.compile(r"(?P<joint>[:@]|(?<=www)\.|(?<=[-<>~])[-=>])|[\\`*_{}\[\]()<>#+\-.!|$~=&]", re.I)


def cut_middle(text: str, length: int = 40) -> str:
    """A long name shortened in the middle, so that its start and end stay readable."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[-(length - 1 - head) :]}"


def as_text(value: object) -> str:
    """Untrusted text escaped for Markdown: nothing in it becomes markup or a link."""
    return _MARKS.sub(_escaped, str(value))


def _escaped(mark: re.Match) -> str:
    """The character with a backslash; one that starts a link, an icon or an arrow also gets its own span.

    Streamlit looks for those after it has processed the backslashes.
    """
    return f":color[\\{mark[0]}]" if mark["joint"] else f"\\{mark[0]}"
