"""Chats between people, made into conversations: which messages belong together, and who is the assistant in them.

An export of a chat says who speaks, not who answers. One speaker is taken as the assistant, and told. Beside the column
`messages` there is one for each of the other speakers, in which that one is: a mapping can choose it instead.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from core.data.reading.exports.chats.branches import joined
from core.data.reading.exports.export import OTHER_FORM, Rows, Told
from core.data.shapes.conversation_columns import ANSWERED_BY

_PAUSE_SECONDS = 6 * 3600
"""After a pause so long, or a step back in time, another conversation begins."""
_OTHERS_OFFERED = 5
_MANY = 0.5


class Said(NamedTuple):
    """One message of a chat."""

    speaker: str
    text: str
    at: float
    """In seconds, from any beginning."""
    id: object = None
    reply_to: object = None
    is_bot: bool = False


def readable(messages: Iterable[dict], read: Callable[[dict, Told], Said | None], told: Told) -> list[Said]:
    """What is said in messages that a program exported; those of another form are counted."""
    said = []
    for message in messages:
        try:
            one = read(message, told)
            is_text = one is None or isinstance(one.text, str)
        except OTHER_FORM:
            is_text = False
        if not is_text:
            told.count("messages of another form than the rest, which are left out")
        elif one:
            said.append(one._replace(id=_name(one.id), reply_to=_name(one.reply_to)))
    return said


def _name(key: object) -> str | None:
    return None if key is None else str(key)


def conversation_rows(messages: list[Said], told: Told, first: int = 1) -> Rows:
    """A row for each conversation in a chat, numbered by its first message, the first of which has that number."""
    speakers = Counter(message.speaker for message in messages)
    if len(speakers) < 2:
        told.notes += [f"only {speaker!r} speaks, so each message is a text of its own" for speaker in speakers]
        yield from ((number, {"text": message.text}) for number, message in enumerate(messages, first))
        return
    groups = _groups(messages)
    assistant, why = _assistant(groups)
    others = [speaker for speaker, _ in speakers.most_common() if speaker != assistant][:_OTHERS_OFFERED]
    told.notes.append(
        f"{assistant!r} is taken as the assistant, because {why}, and {_named(others, len(speakers) - 1)} as the user; "
        f'to have another speaker answer: messages="{_answered_by(others[0])}"'
    )
    places = {id(message): number for number, message in enumerate(messages, first)}
    for group in groups:
        columns = {"messages": assistant} | {_answered_by(other): other for other in others}
        yield places[id(group[0])], {name: _turns(group, speaker) for name, speaker in columns.items()}


def _answered_by(speaker: str) -> str:
    return ANSWERED_BY + speaker


def _named(others: list[str], count: int) -> str:
    return repr(others[0]) if count == 1 else f"all {count} others"


def _turns(group: list[Said], assistant: str) -> list[dict]:
    said = [
        {"role": "assistant" if message.speaker == assistant else "user", "content": message.text} for message in group
    ]
    return joined(said, between="\n")


def _groups(messages: list[Said]) -> list[list[Said]]:
    """By what replies to what, in a chat where that is usual; else by the pauses."""
    ids = {message.id for message in messages if message.id is not None}
    answered = [one for one, other in zip(messages[1:], messages, strict=False) if one.speaker != other.speaker]
    replies = sum(message.reply_to in ids for message in messages)
    if replies > len(answered) * _MANY:
        return list(_by_replies(messages))
    return list(_by_pauses(messages))


def _by_pauses(messages: list[Said]) -> Iterator[list[Said]]:
    group: list[Said] = []
    for message in messages:
        if group and abs(message.at - group[-1].at) > _PAUSE_SECONDS:
            yield group
            group = []
        group.append(message)
    if group:
        yield group


def _by_replies(messages: list[Said]) -> Iterator[list[Said]]:
    """A message belongs to what it replies to, or to what the same speaker has just said."""
    group_of: dict[object, list[Said]] = {}
    groups: list[list[Said]] = []
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


def _assistant(groups: list[list[Said]]) -> tuple[str, str]:
    """Who answers, and how that is known: a bot that does, or who answers most and begins and asks least."""
    score: Counter[str] = Counter()
    bots = set()
    for group in groups:
        score[group[0].speaker] -= 1
        for one, other in zip(group, group[1:], strict=False):
            score[other.speaker] += one.speaker != other.speaker
        for message in group:
            score[message.speaker] -= message.text.rstrip().endswith("?")
        bots |= {message.speaker for message in group if message.is_bot}
    best = max(score, key=lambda speaker: score[speaker])
    answering = [bot for bot in bots if score[bot] > 0 and score[bot] >= score[best] * _MANY]
    if answering:
        return max(answering, key=lambda bot: score[bot]), "it is a bot that answers"
    return best, "that speaker answers most, and begins and asks least"
