"""The lines above the cards of an Anki export, such as `#separator:tab`."""

import re

HEADER = re.compile(
    r"#(separator|html|tags column|deck column|notetype column|guid column|columns|deck|notetype|tags):(.*)",
    re.IGNORECASE,
)
_SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "colon": ":"}


def read_header(file) -> tuple[dict[str, str], int, str]:
    """The settings in the header lines, the number of these lines, and the first line of cards."""
    said: dict[str, str] = {}
    count = 0
    for line in file:
        match = HEADER.match(line.lstrip("\ufeff").strip("\r\n"))
        if not match:
            return said, count, line
        said[match[1].lower()] = match[2]
        count += 1
    return said, count, ""


def separator_of(said: str) -> str:
    """The separator, given by name or literally; a spreadsheet may have appended empty cells."""
    name = re.match(r"\w*", said.strip().lower())[0]
    return _SEPARATORS.get(name) or (said.lstrip(" ")[:1] or "\t")


def column_number(said: str) -> int:
    """A column number in a header line, counted from 1; 0 where there is none."""
    digits = re.match(r"\s*(\d*)", said)[1]
    return int(digits or 0)


def field_names(said: dict[str, str], separator: str) -> list[str]:
    """The field names of a card, if the header lists them."""
    if "columns" not in said:
        return []
    special = {column_number(said[name]) for name in said if name.endswith(" column")}
    return [name.strip() for place, name in enumerate(said["columns"].split(separator), 1) if place not in special]
