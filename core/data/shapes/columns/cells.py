"""Tests on single cells, from which `Column` judges a whole column."""

import re
from collections.abc import Iterable

from core.examples.messages import UnreadableError, message_text, read_messages
from core.examples.paths import opened
from core.examples.speakers import role_of, turns_of

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.,+-]*Z?)?$")
_INNER_TEXTS = ("text", "value", "content", "answer", "body", "question", "prompt")


def mostly(judged: Iterable[bool]) -> bool:
    """Whether more than half are true; False for none at all."""
    judged = list(judged)
    return bool(judged) and sum(judged) * 2 > len(judged)


def roles_in(value: object) -> set[str]:
    """The roles that speak in a conversation, those of unreadable messages left out."""
    try:
        return {message["role"] for message in read_messages(value)}
    except UnreadableError:  # one bad message does not decide about the column; its row is dropped and counted later
        return {role for turn in turns_of(value) or [] if isinstance(turn, dict) and (role := role_of(turn))}


def is_unanswered(value: object) -> bool:
    """Whether a conversation ends with a question, a tool result or an empty answer."""
    try:
        *_, last = read_messages(value)
    except (UnreadableError, ValueError):
        return False
    return last["role"] in ("user", "tool") or not message_text(last)


def is_words(value: object) -> bool:
    """Whether a cell is prose: not a number, date, URL, path, list or object."""
    if not isinstance(value, str) or not any(map(str.isalpha, value)):
        return False
    if isinstance(opened(value), (list, dict)) or _MOMENT.match(value):
        return False
    return " " in value.strip() or not value.startswith(("http://", "https://", "/"))


def is_nested(value: object) -> bool:
    """Whether a cell is a list or an object, or JSON text of one."""
    return isinstance(opened(value), (list, dict))


def path_inside(value: object) -> str:
    """The path from a cell to the first text in it, such as `[0].text`; "" where the cell is the text."""
    value = opened(value)
    if isinstance(value, list) and value:
        return "[0]" + path_inside(value[0])
    if isinstance(value, dict):
        name = next((name for name in _INNER_TEXTS if name in value), None)
        return f".{name}{path_inside(value[name])}" if name else ""
    return ""
