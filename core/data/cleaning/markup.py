"""Strips HTML and web addresses from text. Code in backticks is left alone."""

import html
import re
from collections.abc import Callable
from functools import wraps

# Only known HTML elements, and attributes only with a value: "a < b and c > d" and `List<String>` are text.
_ELEMENTS = (
    "a|abbr|address|article|aside|audio|b|base|blockquote|body|br|button|caption|center|cite|code|col|dd|del|dfn|div|dl"
    "|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd"
    "|label|legend|li|link|main|map|mark|meta|nav|noscript|object|ol|option|p|param|picture|pre|q|s|samp|script|section"
    "|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|tfoot|th|thead|time|title"
    "|tr|tt|u|ul|var|video|wbr"
)
_TAG = re.compile(rf"</?(?:{_ELEMENTS})(?:\s[^<>=]*=[^<>]*|\s*/?)>|<!doctype[^<>]*>", re.IGNORECASE)
_LINE_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\s*/?>[ \t]*", re.IGNORECASE)
_UNSEEN = [
    (re.compile(rf"{start}.*?{end}", re.DOTALL | re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for start, end in (("<!--", "-->"), (r"<script\b", r"</script\s*>"), (r"<style\b", r"</style\s*>"))
]
_BEGINS_UNSEEN = {"!", "s", "S"}

_URL = (
    r"(?:https?://|ftp://|www\.)"
    r"(?:[^\s<>\"'`()]|\([^\s()<>]*\))*(?:[^\s<>\"'`().,;:!?\]}*]|\([^\s()<>]*\))"  # punctuation after it stays
)
_LINKED_TEXT = re.compile(rf"\[([^\[\]]*)\]\({_URL}\)", re.IGNORECASE)
_BARE_URL = re.compile(rf" ?[(<\[]{_URL}[)>\]]| ?{_URL}", re.IGNORECASE)
_BEFORE_HINT = len(" (https")

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)


def _outside_code(step: Callable[[str], str]) -> Callable[[str], str]:
    """`step` applied to everything except code in backticks."""

    @wraps(step)
    def apply(text: str) -> str:
        if "`" not in text:
            return step(text)
        pieces = _CODE.split(text)
        return "".join(piece if i % 2 else step(piece) for i, piece in enumerate(pieces))

    return apply


@_outside_code
def strip_html(text: str) -> str:
    """`text` with entities decoded, and elements, comments, scripts and styles removed."""
    if "&" in text:
        text = html.unescape(text)
    if "<" not in text:
        return text
    begun = {piece[:1] for piece in text.split("<")}
    for block, end in _UNSEEN if begun & _BEGINS_UNSEEN else ():
        # After the last end tag no block can match, and searching for one from every start would be quadratic.
        last = max((match.end() for match in end.finditer(text)), default=0)
        text = block.sub("", text[:last]) + text[last:]
    return _TAG.sub("", _LINE_BREAK.sub("\n", text))


@_outside_code
def strip_urls(text: str) -> str:
    """`text` without web addresses; the text of a Markdown link stays."""
    if "://" not in text and "www." not in text.lower():
        return text
    if "](" in text:
        text = _LINKED_TEXT.sub(r"\1", text)
    pieces, end = [], 0
    while (near := _next_url(text, end)) >= 0 and (url := _BARE_URL.search(text, max(end, near - _BEFORE_HINT))):
        pieces.append(text[end : url.start()])
        end = url.end()
    return "".join(pieces) + text[end:]


def _next_url(text: str, start: int) -> int:
    """Where the next web address may be, or -1: running the pattern over the whole text is slow."""
    hints = (text.find("://", start), text.find("www.", start), text.find("WWW.", start), text.find("Www.", start))
    return min((hint for hint in hints if hint >= 0), default=-1)
