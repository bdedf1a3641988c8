"""The text of HTML pages: what a reader came for, without scripts, menus and footers; or the rows of their table."""

import re
from collections.abc import Iterator

from core.data.reading.content import Content
from core.data.reading.encoding import Encoding
from core.data.reading.limits import ROW_BYTES
from core.data.reading.texts.documents import document_rows
from core.errors import InputError
from core.examples.roles import count_known

_START = re.compile(r"<(!doctype html|html|head|body)\b", re.IGNORECASE)
_DROPPED = frozenset(
    ["head", "script", "style", "noscript", "template", "svg", "nav", "footer", "aside", "form", "button", "iframe"]
)
_PARAGRAPHS = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote", "section", "article",
     "figure", "main", "header", "hr"]
)  # fmt: skip
_LINES = frozenset(["br", "div", "li", "tr", "dt", "dd", "caption", "figcaption", "option", "address", "summary"])
_HEADINGS = {**{f"h{level}": "#" * level for level in range(1, 7)}, "summary": "######", "dt": "######"}
_CELLS = frozenset(["td", "th"])
_WORTH_READING = 200
_SPACE = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n{3,}")
_LIST_ITEM = re.compile(r"\n{2,}- ")
_BREAK, _INDENT = "\ue000", "\ue001"
"""Stand for ends of lines and spaces that count while other white space is brought together."""


def looks_like_html(head: str) -> bool:
    """Whether a text that begins with `head` is a web page."""
    head = head.lstrip()
    while head.startswith(("<!--", "<?")):
        head = head.partition("-->" if head.startswith("<!--") else ">")[2].lstrip()
    return bool(_START.match(head))


def read_page(content: Content, encoding: Encoding):
    """The root element of a page, None where it has none. Raises InputError when it is too large."""
    from lxml import etree

    with encoding.open(content) as file:
        text = file.read(ROW_BYTES + 1)
    if len(text) > ROW_BYTES:
        raise InputError(
            f"{content.name} is a web page of more than {ROW_BYTES >> 20} MB (byte {content.size_bytes}).",
            "Give its text, or a part of it.",
        )
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    return etree.fromstring(text.encode("utf-8", "replace"), parser)


def fragment_text(html: str) -> str:
    """The text of a piece of HTML, such as the body of an answer; code, links and lists as in Markdown."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    # A document's head would be dropped, and a bare text has no root.
    part = etree.fromstring(f"<div>{html}</div>".encode("utf-8", "replace"), parser)
    if part is None:
        return ""
    for line_break in part.iter("br"):
        line_break.tail = _BREAK + (line_break.tail or "")
    etree.strip_tags(part, "br")
    for pre in part.iter("pre"):
        code = "".join(pre.itertext()).strip("\n")
        pre[:] = []
        pre.text = f"```\n{code}\n```".replace("\n", _BREAK).replace(" ", _INDENT)
    for item in part.iter("li"):
        item.text = f"- {(item.text or '').lstrip()}"
    for link in part.iter("a"):
        address = link.get("href", "")
        if address.startswith("http") and not len(link) and link.text and link.text != address:
            link.text = f"[{link.text}]({address})"
    text = "\n".join(_lines(part)).replace(_BREAK, "\n").replace(_INDENT, " ")
    return _BLANK_LINES.sub("\n\n", _LIST_ITEM.sub("\n- ", text)).strip()


def page_lines(page) -> list[str]:
    """The lines of what a page is about, with its headings marked as in Markdown."""
    from copy import deepcopy

    part = deepcopy(_main_part(page))
    for heading in part.iter(*_HEADINGS):
        for inner in heading:
            inner.tail = (inner.tail or "") + " "
        heading.text = f"{_HEADINGS[heading.tag]} {heading.text or ''}"
    return _BLANK_LINES.sub("\n\n", "\n".join(_lines(part))).splitlines()


def page_pieces(page, content: Content) -> Iterator[tuple]:
    """The pieces of a page. Raises InputError when it holds no text."""
    rows = list(document_rows(_lines(_main_part(page)) if page is not None else [], content.name))
    if not rows:
        raise InputError(f"{content.name} is a web page without text (row 1 is missing).", "Save it from a browser.")
    yield from rows


def page_table(page) -> tuple[list[str], list[tuple]] | None:
    """The columns and rows of the one table that is most of a page, if its first row holds known names of columns."""
    tables = page.findall(".//table") if page is not None else []
    if len(tables) != 1 or 2 * sum(map(len, _lines(tables[0]))) < sum(map(len, _lines(page))):
        return None
    header, *rows = [[_cell(cell) for cell in row if cell.tag in _CELLS] for row in tables[0].iter("tr")] or [[]]
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
    """The element that says it holds the content, where one does, else the whole page."""
    for name in ("main", "article"):
        parts = page.findall(f".//{name}")
        if len(parts) == 1 and len("".join(parts[0].itertext())) > _WORTH_READING:
            return parts[0]
    return page


def _lines(part) -> Iterator[str]:
    """The lines of an element's text, an empty one where a paragraph ends."""
    line = []
    for event, name, text in _walk(part):
        if name in _CELLS and event == "end":
            line.append("\t")
        if name in _PARAGRAPHS or name in _LINES:
            yield _joined(line)
            line = []
            if name in _PARAGRAPHS:
                yield ""
        if name == "text":
            line.append(text)
    yield _joined(line)


def _walk(part) -> Iterator[tuple[str, str, str]]:
    """Starts and ends of elements and the text between, in order; no element's depth costs a call on the stack."""
    from lxml import etree

    walker = etree.iterwalk(part, events=("start", "end"))
    in_pre = 0
    for event, element in walker:
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            yield "start", name, ""
            if name in _DROPPED:
                walker.skip_subtree()
                continue
            in_pre += name == "pre"
            yield from _texts(element.text, in_pre)
        else:
            in_pre -= name == "pre"
            yield "end", name, ""
            if element is not part:
                yield from _texts(element.tail, in_pre)


def _texts(text: str | None, in_pre: int) -> Iterator[tuple[str, str, str]]:
    for number, piece in enumerate((text or "").split("\n") if in_pre else [_SPACE.sub(" ", text or "")]):
        if number:
            yield "end", "br", ""
        if piece:
            yield "text", "text", piece


def _joined(line: list[str]) -> str:
    return re.sub(r" +", " ", "".join(line)).strip() if line else ""
