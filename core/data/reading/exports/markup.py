"""Pieces of HTML in a cell or a record, as the text they show: code stays in fences, pictures and sounds are told."""

import re

from core.data.reading.texts.html import fragment_text

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-zA-Z]{2,8}|#\d{2,6});")
_PICTURE = re.compile(r"<(?:img|video|audio|object|svg)\b", re.IGNORECASE)


def has_markup(text: str) -> bool:
    """Whether a text holds tags or entities."""
    return bool(_MARKUP.search(text))


def has_pictures(text: str) -> bool:
    """Whether part of what the text says is a picture."""
    return bool(_PICTURE.search(text))


def plain_text(text: str) -> str:
    """What a reader sees of it."""
    return fragment_text(text) if has_markup(text) else text.strip()
