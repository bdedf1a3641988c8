"""HTML in single cells: converts it to text, with code in fences, and detects pictures and sounds."""

import re

from core.data.reading.texts.html_text import BLANK_LINES, lines_of

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-zA-Z]{2,8}|#\d{2,6});")
_PICTURE = re.compile(r"<(?:img|video|audio|object|svg)\b", re.IGNORECASE)
_LIST_ITEM = re.compile(r"\n{2,}- ")
_BREAK, _INDENT = "\ue000", "\ue001"
"""Stand in for significant line ends and spaces while other white space is collapsed."""


def has_markup(text: str) -> bool:
    """Whether a text contains tags or entities."""
    return bool(_MARKUP.search(text))


def has_pictures(text: str) -> bool:
    """Whether a text contains a picture, sound or video."""
    return bool(_PICTURE.search(text))


def plain_text(text: str) -> str:
    """The text as a reader sees it."""
    return _fragment_text(text) if has_markup(text) else text.strip()


def _fragment_text(html: str) -> str:
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
