"""Repairs broken Unicode: mojibake, decomposed characters, control characters, unpaired surrogates.

Every pattern in this room is linear in the length of the text, so that no file can keep a worker busy for hours.
"""

import re
import unicodedata

# Mojibake: UTF-8 decoded as Windows-1252 or -1251. A lead byte turns into a letter, a continuation byte into a sign.
# Such pairs are rare in sound text, so ftfy, which is slow, runs only where one occurs. The search is on UTF-8 bytes.
_CONTINUATION = rb"(?:\xc2[\x80-\xbf]|%s)" % b"|".join(sign.encode() for sign in "€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ")
_MOJIBAKE = {
    b"\xc3": re.compile(rb"\xc3(?:[\x82-\xb4]%s|\x83 )" % _CONTINUATION),
    b"\xd0": re.compile(rb"\xd0[\x92-\xbf]%s" % _CONTINUATION),
    b"\xd1": re.compile(rb"\xd1[\x80-\x84]%s" % _CONTINUATION),
}

# Control characters, zero-width spaces, byte order marks and lone surrogates. Joiners stay: some scripts need them.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\ud800-\udfff\ufffe\uffff]")

_PRINTED = bytes(range(0x20, 0x7F)) + b"\n\t"


def is_sound(text: str) -> bool:
    """Whether the non-ASCII text is NFC, printable, free of unusual spaces and of mojibake."""
    return text.isascii() or (
        is_printable(text) and unicodedata.is_normalized("NFC", text) and not _may_be_mojibake(text.encode())
    )


def _may_be_mojibake(encoded: bytes) -> bool:
    return any(lead in encoded and pairs.search(encoded) for lead, pairs in _MOJIBAKE.items())


def is_printable(text: str) -> bool:
    """Whether there is no control character, lone surrogate or tab, and no space other than the plain one."""
    return text.replace("\n", "").isprintable()


def repair_unicode(text: str) -> str:
    """`text` in NFC, with mojibake undone, line ends as `\\n`, and control characters and lone surrogates removed."""
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

    # Quotes, ligatures and widths are the author's choice; HTML entities are left to the next step.
    config = ftfy.TextFixerConfig(
        unescape_html=False, uncurl_quotes=False, fix_latin_ligatures=False, fix_character_width=False, explain=False
    )
    return ftfy.fix_text(text, config)
