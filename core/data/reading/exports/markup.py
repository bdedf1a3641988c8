"""HTML in single cells: converts it to text, with code in fences, and detects pictures and sounds."""

import re

from core.data.reading.texts.html_text import fragment_text

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-zA-Z]{2,8}|#\d{2,6});")
_PICTURE = re.compile(r"<(?:img|video|audio|object|svg)\b", re.IGNORECASE)


def has_markup(text: str) -> bool:
    """Whether a text contains tags or entities."""
    return bool(_MARKUP.search(text))


def has_pictures(text: str) -> bool:
    """Whether a text contains a picture, sound or video."""
    return bool(_PICTURE.search(text))


def plain_text(text: str) -> str:
    """The text as a reader sees it."""
    return fragment_text(text) if has_markup(text) else text.strip()
