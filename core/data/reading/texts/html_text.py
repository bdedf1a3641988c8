"""Turns HTML elements into lines of text, without scripts, menus and footers."""

import re
from collections.abc import Iterator

_DROPPED = frozenset(
    ["head", "script", "style", "noscript", "template", "svg", "nav", "footer", "aside", "form", "button", "iframe"]
)
_PARAGRAPHS = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote", "section", "article",
     "figure", "main", "header", "hr"]
)  # fmt: skip
_LINES = frozenset(["br", "div", "li", "tr", "dt", "dd", "caption", "figcaption", "option", "address", "summary"])
CELLS = frozenset(["td", "th"])
_SPACE = re.compile(r"\s+")
BLANK_LINES = re.compile(r"\n{3,}")
_LIST_ITEM = re.compile(r"\n{2,}- ")
_BREAK, _INDENT = "\ue000", "\ue001"
"""Stand in for significant line ends and spaces while other white space is collapsed."""


def fragment_text(html: str) -> str:
    """The text of a piece of HTML, such as the body of a forum answer, with code, links and lists as in Markdown."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    # In a div, because a bare text has no root and a leading `<title>` would be dropped as part of the head.
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
    text = "\n".join(lines_of(part)).replace(_BREAK, "\n").replace(_INDENT, " ")
    return BLANK_LINES.sub("\n\n", _LIST_ITEM.sub("\n- ", text)).strip()


def lines_of(part) -> Iterator[str]:
    """The lines of an element's text, with an empty one after each paragraph."""
    line = []
    for event, name, text in _walk(part):
        if name in CELLS and event == "end":
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
    """Starts and ends of elements and the text between them; iterative, as nesting may be deep."""
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
