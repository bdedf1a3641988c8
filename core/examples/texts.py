"""Single cells as text: numbers as before a spreadsheet touched them, labels as good or bad, tags as words."""

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
    """How lists and objects in a column are written as text."""

    LINES = "its lists with an item on each line"
    COMMAS = "its lists with commas between the items"
    JSON = "its lists and objects as JSON"


def as_form(value: object, form: Form) -> object:
    """A cell that is a list or object as text in that form; anything else, and what does not fit it, as it is."""
    if not isinstance(value, (list, dict)):
        return value
    if form is Form.JSON:
        return as_json(value)
    parts = [text_of(part) for part in value] if isinstance(value, list) else [None]
    if None in parts:
        return value
    return ("\n" if form is Form.LINES else ", ").join(filter(None, parts))


def text_of(value: object) -> str | None:
    """A cell as text, "" where there is nothing in it; None for lists and objects, which are none."""
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
    """`good` or `bad` for what people write for either (true, 1, "yes", 👍 …); None for anything else."""
    word = str(value).strip().casefold().replace("_", " ")
    return "good" if word in _GOOD else "bad" if word in _BAD else None


def number_of(value: object) -> float | None:
    """A rating as a number (4, "4.5", "4/5", "4 stars"); None for what is none."""
    found = _RATING.fullmatch(str(value)) if isinstance(value, (int, float, str, Decimal)) else None
    return float(found[1].replace(",", ".")) if found and not isinstance(value, bool) else None


def label_text(value: object) -> str:
    """A label as text: the parts of a list joined; "" for what has no short form."""
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
