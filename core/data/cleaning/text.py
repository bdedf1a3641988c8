"""The steps that clean any text: broken Unicode, HTML, web addresses, white space. Code in backticks keeps its HTML.

Every pattern is linear in the length of the text, whatever the text is: nobody's file may hold the worker for hours.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from functools import wraps

# Only names of HTML elements, and attributes only with a value: "a < b and c > d" and `List<String>` are text.
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
    r"(?:[^\s<>\"'`()]|\([^\s()<>]*\))*(?:[^\s<>\"'`().,;:!?\]}*]|\([^\s()<>]*\))"  # sentence marks after it stay
)
_LINKED_TEXT = re.compile(rf"\[([^\[\]]*)\]\({_URL}\)", re.IGNORECASE)
_BARE_URL = re.compile(rf" ?[(<\[]{_URL}[)>\]]| ?{_URL}", re.IGNORECASE)
_BEFORE_SIGN = len(" (https")

# Bytes of UTF-8 read as if they were Windows-1252 or -1251: a first byte's letter, then a later byte's sign. Such pairs
# are rare in sound text; ftfy, which is slow, then judges them. They are looked for in UTF-8, by their first byte.
_LATER_SIGNS = rb"(?:\xc2[\x80-\xbf]|%s)" % b"|".join(sign.encode() for sign in "€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ")
_MOJIBAKE = {
    b"\xc3": re.compile(rb"\xc3(?:[\x82-\xb4]%s|\x83 )" % _LATER_SIGNS),
    b"\xd0": re.compile(rb"\xd0[\x92-\xbf]%s" % _LATER_SIGNS),
    b"\xd1": re.compile(rb"\xd1[\x80-\x84]%s" % _LATER_SIGNS),
}

# Control characters, zero-width marks, byte order marks and halves of surrogate pairs. Joiners stay: scripts need them.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile("  +")
_INNER_SPACE = re.compile(r"(?<=\S)(?: [^\S\n]+|[^\S\n ][^\S\n]*)")
_ODD_SPACE = re.compile(r"[^\S\n\t ]")
_EMPTY_LINES = re.compile(r"\n{3,}")
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)

_PLAIN = bytes(range(0x20, 0x7F)) + b"\n"
_PRINTED = _PLAIN + b"\t"


def is_sound(text: str) -> bool:
    """Whether every character beyond ASCII is whole, printed, no odd space, and no sign of mojibake."""
    return text.isascii() or (
        _is_printed(text) and unicodedata.is_normalized("NFC", text) and not _may_be_mojibake(text.encode())
    )


def _may_be_mojibake(signs: bytes) -> bool:
    return any(first in signs and pairs.search(signs) for first, pairs in _MOJIBAKE.items())


def _is_printed(text: str) -> bool:
    """Whether there is no control character, no half of a pair, no tab and no space but the plain one."""
    return text.replace("\n", "").isprintable()


def mend_unicode(text: str) -> str:
    """NFC, line ends as `\\n`, mojibake undone, control characters and halves of pairs gone."""
    if text.isascii():
        if not text.encode().translate(None, _PRINTED):
            return text
    else:
        text = _without_mojibake(unicodedata.normalize("NFC", text))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text)


def _without_mojibake(text: str) -> str:
    if not _may_be_mojibake(text.encode(errors="replace")):
        return text
    import ftfy

    # Quotes, ligatures and widths are the author's choice; entities are left to the next step.
    config = ftfy.TextFixerConfig(
        unescape_html=False, uncurl_quotes=False, fix_latin_ligatures=False, fix_character_width=False, explain=False
    )
    return ftfy.fix_text(text, config)


def _outside_code(step: Callable[[str], str]) -> Callable[[str], str]:
    """`step`, applied to everything but code between backticks."""

    @wraps(step)
    def apply(text: str) -> str:
        if "`" not in text:
            return step(text)
        pieces = _CODE.split(text)
        return "".join(piece if i % 2 else step(piece) for i, piece in enumerate(pieces))

    return apply


@_outside_code
def strip_html(text: str) -> str:
    """Entities as the characters they stand for; elements, comments, scripts and styles are gone."""
    if "&" in text:
        text = html.unescape(text)
    if "<" not in text:
        return text
    begun = {piece[:1] for piece in text.split("<")}
    for block, end in _UNSEEN if begun & _BEGINS_UNSEEN else ():
        # Beyond the last end no block can match, and searching for its end from every start would be quadratic.
        last = max((match.end() for match in end.finditer(text)), default=0)
        text = block.sub("", text[:last]) + text[last:]
    return _TAG.sub("", _LINE_BREAK.sub("\n", text))


@_outside_code
def strip_urls(text: str) -> str:
    """Without web addresses; the words of a Markdown link stay."""
    if "://" not in text and "www." not in text.lower():
        return text
    if "](" in text:
        text = _LINKED_TEXT.sub(r"\1", text)
    pieces, end = [], 0
    while (near := _next_url(text, end)) >= 0 and (url := _BARE_URL.search(text, max(end, near - _BEFORE_SIGN))):
        pieces.append(text[end : url.start()])
        end = url.end()
    return "".join(pieces) + text[end:]


def _next_url(text: str, start: int) -> int:
    """Where the next sign of a web address stands, -1 where there is none: searching all of a text for one is slow."""
    signs = (text.find("://", start), text.find("www.", start), text.find("WWW.", start), text.find("Www.", start))
    return min((sign for sign in signs if sign >= 0), default=-1)


def tidy_space(text: str) -> str:
    """No white space at the end of a line, single spaces within it, at most one empty line; indents stay."""
    if " \n" in text or not _has_plain_space(text):
        text = "\n".join([line.rstrip() for line in text.split("\n")])
        if not _has_plain_space(text):
            text = _INNER_SPACE.sub(" ", text)
    if "  " in text:
        text = _single_spaces(text)
    if "\n\n\n" in text:
        text = _EMPTY_LINES.sub("\n\n", text)
    return text.strip()


def tidy_lines(text: str) -> str:
    """As `tidy_space`, but what stands within a line keeps its distance: it may be code, or columns."""
    text = "\n".join([_ODD_SPACE.sub(" ", line).rstrip() for line in text.split("\n")])
    return _EMPTY_LINES.sub("\n\n", text).strip()


def _has_plain_space(text: str) -> bool:
    """Whether all white space is spaces and line ends."""
    return not text.encode().translate(None, _PLAIN) if text.isascii() else _is_printed(text)


def _single_spaces(text: str) -> str:
    if text.startswith("  ") or "\n  " in text:
        return _SPACES.sub(_one_space, text)
    while "  " in text:  # several times as fast
        text = text.replace("  ", " ")
    return text


def _one_space(spaces: re.Match) -> str:
    """A single space, or the indent of a line as it is."""
    is_indent = spaces.start() == 0 or spaces.string[spaces.start() - 1] == "\n"
    return spaces[0] if is_indent else " "
