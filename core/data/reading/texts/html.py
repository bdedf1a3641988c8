"""The rows of HTML pages: pieces of the main text, or the rows of a table."""

import re
from collections.abc import Iterator

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import Encoding
from core.data.reading.limits import ROW_BYTES
from core.data.reading.texts.documents import document_rows
from core.data.reading.texts.html_text import BLANK_LINES, CELLS, lines_of
from core.errors import InputError
from core.examples.roles import count_known

_START = re.compile(r"<(!doctype html|html|head|body)\b", re.IGNORECASE)
_HEADINGS = {**{f"h{level}": "#" * level for level in range(1, 7)}, "summary": "######", "dt": "######"}
_WORTH_READING = 200


def looks_like_html(head: str) -> bool:
    """Whether a text that begins with `head` is a web page."""
    head = head.lstrip()
    while head.startswith(("<!--", "<?")):
        head = head.partition("-->" if head.startswith("<!--") else ">")[2].lstrip()
    return bool(_START.match(head))


def read_page(content: Content, encoding: Encoding):
    """The root element of a page; None for an empty one. Raises InputError where the page is too large."""
    from lxml import etree

    with encoding.open(content) as file:
        text = file.read(ROW_BYTES + 1)
    if len(text) > ROW_BYTES:
        raise InputError(
            f"{content.name} is a web page of more than {ROW_BYTES >> 20} MB (byte {content.size_bytes}).",
            "Use its text, or a part of it.",
        )
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    return etree.fromstring(text.encode("utf-8", "replace"), parser)


def page_lines(page) -> list[str]:
    """The lines of a page's main part, with headings marked as in Markdown."""
    from copy import deepcopy

    part = deepcopy(_main_part(page))
    for heading in part.iter(*_HEADINGS):
        for inner in heading:
            inner.tail = (inner.tail or "") + " "
        heading.text = f"{_HEADINGS[heading.tag]} {heading.text or ''}"
    return BLANK_LINES.sub("\n\n", "\n".join(lines_of(part))).splitlines()


def page_pieces(page, content: Content) -> Iterator[tuple]:
    """The pieces of a page. Raises InputError where it holds no text."""
    rows = list(document_rows(lines_of(_main_part(page)) if page is not None else [], content.name))
    if not rows:
        raise InputError(
            f"{content.name} is a web page without text: there is no row 1.",
            "Save it from a browser once it has loaded.",
        )
    yield from rows


def page_table(page) -> tuple[list[str], list[tuple]] | None:
    """The columns and rows of a page's only table, if it is most of the page and its header has known column names."""
    tables = page.findall(".//table") if page is not None else []
    if len(tables) != 1 or 2 * sum(map(len, lines_of(tables[0]))) < sum(map(len, lines_of(page))):
        return None
    header, *rows = [[_cell(cell) for cell in row if cell.tag in CELLS] for row in tables[0].iter("tr")] or [[]]
    named = list(filter(None, header))
    if not rows or not named or count_known(named) < min(2, len(named)):
        return None
    return header, [
        (number, dict(zip(header, cells, strict=False))) for number, cells in enumerate(rows, start=2) if any(cells)
    ]


def _cell(cell) -> str:
    for line_break in cell.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    return "\n".join(map(str.strip, "".join(cell.itertext()).strip().splitlines()))


def _main_part(page):
    """The `main` or `article` element, if there is exactly one with enough text, else the whole page."""
    for name in ("main", "article"):
        parts = page.findall(f".//{name}")
        if len(parts) == 1 and len("".join(parts[0].itertext())) > _WORTH_READING:
            return parts[0]
    return page
