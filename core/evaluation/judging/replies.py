"""Reads a judge's reply strictly: JSON as a whole, or a verdict on the last line. Anything else is no verdict."""

import json
import re
from typing import Any

from core.evaluation.metrics.words import without_reasoning

_CODE = re.compile(r"```(?:json)?\s*\n(.*)\n```", re.DOTALL)
_LAST_LINE = re.compile(r"[*_#\s]*(mark|better)[*_]*\s*:\s*[*_]*\s*([0-9]{1,2}|A|B|tie)[*_]*\.?", re.IGNORECASE)
_LONGEST_MARK = 3
"""Digits: beyond 4,300 Python refuses to read a number."""
_BETTER = {"a": "A", "b": "B", "tie": "tie"}


def mark_in(reply: str, highest: int) -> int | None:
    """The mark from 1 to `highest`; None without exactly one."""
    found = _said(reply, "mark")
    if isinstance(found, str):
        is_mark = found.isascii() and found.isdecimal() and len(found) <= _LONGEST_MARK
        found = int(found) if is_mark else None
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    return int(found) if is_number and found in range(1, highest + 1) else None


def better_in(reply: str) -> str | None:
    """`A`, `B` or `tie`; None without exactly one."""
    found = _said(reply, "better")
    return _BETTER.get(found.strip().lower()) if isinstance(found, str) else None


def reason_in(reply: str) -> str:
    """What the judge says of its verdict: the reason in its JSON, else the whole reply."""
    values = _json(without_reasoning(reply).strip())
    reason = values.get("reason") if values else None
    return reason if isinstance(reason, str) else reply.strip()


def _said(reply: str, name: str) -> Any:
    """The verdict of this name; None if there is none, or more than one."""
    text = without_reasoning(reply).strip()
    if (values := _json(text)) is not None:
        return values.get(name)
    found = _LAST_LINE.fullmatch(text.rpartition("\n")[2].strip())
    return found[2] if found and found[1].lower() == name else None


def _json(text: str) -> dict | None:
    inside = _CODE.fullmatch(text)
    try:
        values = json.loads(inside[1] if inside else text, object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict:
    """An object; one that names a key twice gives two verdicts, which is none."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


def _refused(constant: str) -> None:
    raise ValueError(constant)
