"""Questions and answers in a Markdown table."""

import re

from core.data.reading.exports.export import ExportNotes, Rows
from core.data.reading.exports.faq.lines import HEADING
from core.examples.roles import count_known

_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_CELL_END = re.compile(r"(?<!\\)\|")


def table_header(lines: list[str]) -> int | None:
    """The line index of the header of a table of questions and answers that is most of the text; else None."""
    for place, line in enumerate(lines[:-1]):
        if "|" in line and _RULE.match(lines[place + 1].strip()) and count_known(_cells(line)) > 1:
            inside = sum(len(row) for row in lines if "|" in row)
            return place if 2 * inside > sum(map(len, lines)) else None
    return None


def rows_of_table(lines: list[str], notes: ExportNotes) -> Rows:
    """The rows of that table, and of others with the same header."""
    header = _cells(lines[table_header(lines)])
    is_inside = False
    for number, line in enumerate(lines, start=1):
        cells = _cells(line) if "|" in line else []
        if cells == header:
            is_inside = True
        elif is_inside and cells:
            if not _RULE.match(line.strip()):
                yield number, dict(zip(header, cells, strict=False))
        else:
            is_inside = False
            if line.strip() and not HEADING.match(line):
                notes.count("lines outside the table of questions and answers, left out")


def _cells(line: str) -> list[str]:
    cells = _CELL_END.split(line.strip().removeprefix("|").removesuffix("|"))
    return [re.sub(r"<br\s*/?>", "\n", cell.replace("\\|", "|")).strip() for cell in cells]
