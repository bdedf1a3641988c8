"""Cleans the text of an example: broken Unicode, HTML, web addresses, white space. Code in backticks keeps its HTML.

Every pattern is linear in the length of the text, whatever the text is: nobody's file may hold the worker for hours.
"""

import html
import re
import unicodedata
from collections.abc import Callable

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

_URL = (
    r"(?:https?://|ftp://|www\.)"
    r"(?:[^\s<>\"'`()]|\([^\s()<>]*\))*(?:[^\s<>\"'`().,;:!?\]}*]|\([^\s()<>]*\))"  # sentence marks after it stay
)
_LINKED_TEXT = re.compile(rf"\[([^\[\]]*)\]\({_URL}\)", re.IGNORECASE)
_BARE_URL = re.compile(rf" ?[(<\[]{_URL}[)>\]]| ?{_URL}", re.IGNORECASE)

# Bytes of UTF-8 read as if they were Windows-1252 or -1251: a first byte's letter, then a later byte's sign. Such pairs
# are rare in sound text; ftfy, which is slow, then judges them.
_MAYBE_MOJIBAKE = re.compile("[\u00c2-\u00f4\u0412-\u0444][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ]|Ã ")

# Control characters, zero-width marks, byte order marks and halves of surrogate pairs. Joiners stay: scripts need them.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\ud800-\udfff\ufffe\uffff]")
_INNER_SPACE = re.compile(r"(?<=\S)(?: [^\S\n]+|[^\S\n ][^\S\n]*)")
_EMPTY_LINES = re.compile(r"\n{3,}")
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)


def clean(text: str, keep_html: bool = False) -> tuple[str, list[str]]:
    """The cleaned text, and the names of the steps that changed it."""
    changed = []
    for name, step in _STEPS.items():
        cleaned = text if keep_html and name == "HTML" else step(text)
        if cleaned != text:
            changed.append(name)
            text = cleaned
    return text, changed


def _mend_unicode(text: str) -> str:
    if not text.isascii():
        text = _without_mojibake(unicodedata.normalize("NFC", text))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text)


def _without_mojibake(text: str) -> str:
    if not _MAYBE_MOJIBAKE.search(text):
        return text
    import ftfy

    # Quotes, ligatures and widths are the author's choice; entities are left to the next step.
    config = ftfy.TextFixerConfig(
        unescape_html=False, uncurl_quotes=False, fix_latin_ligatures=False, fix_character_width=False, explain=False
    )
    return ftfy.fix_text(text, config)


def _outside_code(step: Callable[[str], str]) -> Callable[[str], str]:
    """`step`, applied to everything but code between backticks."""

    def apply(text: str) -> str:
        if "`" not in text:
            return step(text)
        pieces = _CODE.split(text)
        return "".join(piece if i % 2 else step(piece) for i, piece in enumerate(pieces))

    return apply


def _strip_html(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    if "<" not in text:
        return text
    for block, end in _UNSEEN:
        # Beyond the last end no block can match, and searching for its end from every start would be quadratic.
        last = max((match.end() for match in end.finditer(text)), default=0)
        text = block.sub("", text[:last]) + text[last:]
    return _TAG.sub("", _LINE_BREAK.sub("\n", text))


def _strip_urls(text: str) -> str:
    if "://" not in text and "www." not in text.lower():
        return text
    return _BARE_URL.sub("", _LINKED_TEXT.sub(r"\1", text))


def _tidy_space(text: str) -> str:
    """No white space at the end of a line, single spaces within it, at most one empty line; indents stay."""
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    if "  " in text or "\t" in text or not text.isascii():
        text = _INNER_SPACE.sub(" ", text)
    if "\n\n\n" in text:
        text = _EMPTY_LINES.sub("\n\n", text)
    return text.strip()


_STEPS = {
    "Unicode": _mend_unicode,
    "HTML": _outside_code(_strip_html),
    "web addresses": _outside_code(_strip_urls),
    "white space": _tidy_space,
}
