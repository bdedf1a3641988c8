"""Text that is not ours, shortened and made safe for Streamlit's Markdown."""

import re

_MARKS = re.compile(r"(?P<joint>[:@]|(?<=www)\.|(?<=[-<>~])[-=>])|[\\`*_{}\[\]()<>#+\-.!|$~=&]", re.I)


def cut_middle(text: str, length: int = 40) -> str:
    """A long name with its middle cut, so that its beginning and its end can still be read."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[-(length - 1 - head) :]}"


def as_text(value: object) -> str:
    """Text of a dataset, a model or a file made safe to stand inside Markdown: nothing in it is markup, no address in
    it a link."""
    return _MARKS.sub(_escaped, str(value))


def _escaped(mark: re.Match) -> str:
    """The character escaped with a backslash; one that begins a link, an icon or an arrow in a span of its own too.

    Streamlit looks for those after it has read the backslashes.
    """
    return f":color[\\{mark[0]}]" if mark["joint"] else f"\\{mark[0]}"
