"""Groups the messages of a chat into conversations."""

from collections.abc import Iterator
from typing import NamedTuple

_PAUSE_SECONDS = 6 * 3600
"""After a pause this long, or a step back in time, a new conversation starts."""
_MANY = 0.5


class Message(NamedTuple):
    """One message of a chat."""

    speaker: str
    text: str
    at: float
    """Time in seconds from any fixed point."""
    id: object = None
    reply_to: object = None
    is_bot: bool = False


def conversations_in(messages: list[Message]) -> list[list[Message]]:
    """The messages grouped by replies, if these are common in the chat, else by pauses."""
    ids = {message.id for message in messages if message.id is not None}
    answered = [one for one, other in zip(messages[1:], messages, strict=False) if one.speaker != other.speaker]
    replies = sum(message.reply_to in ids for message in messages)
    if replies > len(answered) * _MANY:
        return list(_by_replies(messages))
    return list(_by_pauses(messages))


def _by_pauses(messages: list[Message]) -> Iterator[list[Message]]:
    group: list[Message] = []
    for message in messages:
        if group and abs(message.at - group[-1].at) > _PAUSE_SECONDS:
            yield group
            group = []
        group.append(message)
    if group:
        yield group


def _by_replies(messages: list[Message]) -> Iterator[list[Message]]:
    """A message joins the one it replies to, or else what the same speaker has just said."""
    group_of: dict[object, list[Message]] = {}
    groups: list[list[Message]] = []
    for place, message in enumerate(messages):
        group = group_of.get(message.reply_to) if message.reply_to is not None else None
        before = messages[place - 1] if place else None
        if group is None and before and before.speaker == message.speaker:
            group = group_of.get(before.id) if abs(message.at - before.at) < _PAUSE_SECONDS else None
        if group is None:
            groups.append(group := [])
        group.append(message)
        group_of[message.id] = group
    yield from groups
