"""Single cells as text: numbers as they were before a spreadsheet, labels as good or bad, tags as words."""

import json
import math
import re
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from core.examples.paths import opened

_RATING = re.compile(r"\s*([+-]?\d+(?:[.,]\d+)?)\s*(?:/\s*\d+|stars?)?\s*", re.IGNORECASE)
_GOOD = frozenset({
    "true", "1", "1.0", "+1", "yes", "y", "t", "good", "positive", "up", "like", "liked", "desirable", "accepted",
    "chosen", "correct", "helpful", "pass", "passed", "approved", "thumbs up", "upvote", "gut", "ja", "oui", "si", "👍",
})  # fmt: skip
_BAD = frozenset({
    "false", "0", "0.0", "-1", "-1.0", "no", "n", "f", "bad", "negative", "down", "dislike", "disliked", "undesirable",
    "rejected", "incorrect", "wrong", "unhelpful", "fail", "failed", "thumbs down", "downvote", "schlecht", "nein",
    "non", "👎",
})  # fmt: skip


class Form(StrEnum):
    """How lists and objects in a column become text."""

    LINES = "its lists with an item on each line"
    COMMAS = "its lists with commas between the items"
    JSON = "its lists and objects as JSON"


def as_form(value: object, form: Form) -> object:
    """A list or object as text in that form; anything else, and a value that does not fit it, unchanged."""
    if not isinstance(value, (list, dict)):
        return value
    if form is Form.JSON:
        return as_json(value)
    parts = [text_of(part) for part in value] if isinstance(value, list) else [None]
    if None in parts:
        return value
    return ("\n" if form is Form.LINES else ", ").join(filter(None, parts))


def text_of(value: object) -> str | None:
    """A cell as text, "" if it is empty; None for lists and objects, which are not text."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
    return str(value) if isinstance(value, (int, Decimal, date, time, UUID)) else None


def judgement(value: object) -> str | None:
    """`good` or `bad` for the usual spellings of either (true, 1, "yes", 👍 …); None for anything else."""
    word = str(value).strip().casefold().replace("_", " ")
    return "good" if word in _GOOD else "bad" if word in _BAD else None


def number_of(value: object) -> float | None:
    """A rating as a number (4, "4.5", "4/5", "4 stars"); None for anything else."""
    found = _RATING.fullmatch(str(value)) if isinstance(value, (int, float, str, Decimal)) else None
    return float(found[1].replace(",", ".")) if found and not isinstance(value, bool) else None


def label_text(value: object) -> str:
    """A label as text, with the parts of a list joined; "" for a value without a short form."""
    value = opened(value)
    if isinstance(value, list):
        return ", ".join(filter(None, (text_of(part) for part in value)))
    return text_of(value) or ""


def tags_text(value: object) -> str:
    """Tags as words without spaces, joined by a comma."""
    words = ("-".join(tag.split()) for tag in label_text(value).split(","))
    return ", ".join(filter(None, words))


as_json = json.JSONEncoder(ensure_ascii=False).encode
"""How lists are stored in a text column."""
