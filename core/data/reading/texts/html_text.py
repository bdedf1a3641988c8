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
