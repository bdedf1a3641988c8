"""Turns chats between people into conversations with an assistant.

An export says who speaks, not who answers. One speaker is taken as the assistant, and a note says who. Next to the
column `messages`, a column for each other speaker has that one as the assistant, so that a mapping can choose it.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from core.data.reading.exports.chats.assistants import assistant_in
from core.data.reading.exports.chats.grouping import Message, conversations_in
from core.data.reading.exports.chats.turns import merged_turns
from core.data.reading.exports.export import OTHER_FORM, ExportNotes, Rows
from core.data.shapes.conversation_columns import ANSWERED_BY

_OTHERS_OFFERED = 5


def readable_messages(
    messages: Iterable[dict], read: Callable[[dict, ExportNotes], Message | None], notes: ExportNotes
) -> list[Message]:
    """The messages in an export; malformed ones are counted and left out."""
    readable = []
    for message in messages:
        try:
            one = read(message, notes)
            is_text = one is None or isinstance(one.text, str)
        except OTHER_FORM:
            is_text = False
        if not is_text:
            notes.count("messages in a different form from the rest, left out")
        elif one:
            readable.append(one._replace(id=_name(one.id), reply_to=_name(one.reply_to)))
    return readable


def _name(key: object) -> str | None:
    return None if key is None else str(key)


def conversation_rows(messages: list[Message], notes: ExportNotes, first: int = 1) -> Rows:
    """A row for each conversation in a chat, numbered by its first message, counting from `first`."""
    speakers = Counter(message.speaker for message in messages)
    if len(speakers) < 2:
        notes.lines += [f"only {speaker!r} speaks, so each message becomes a text" for speaker in speakers]
        yield from ((number, {"text": message.text}) for number, message in enumerate(messages, first))
        return
    groups = conversations_in(messages)
    assistant, why = assistant_in(groups)
    others = [speaker for speaker, _ in speakers.most_common() if speaker != assistant][:_OTHERS_OFFERED]
    notes.add(
        f"{assistant!r} is taken as the assistant, because {why}, and {_named(others, len(speakers) - 1)} as the user; "
        f'to choose another speaker: messages="{ANSWERED_BY}{others[0]}"'
    )
    places = {id(message): number for number, message in enumerate(messages, first)}
    for group in groups:
        columns = {"messages": assistant} | {ANSWERED_BY + other: other for other in others}
        yield places[id(group[0])], {name: _turns(group, speaker) for name, speaker in columns.items()}


def _named(others: list[str], count: int) -> str:
    return repr(others[0]) if count == 1 else f"all {count} others"


def _turns(group: list[Message], assistant: str) -> list[dict]:
    messages = [
        {"role": "assistant" if message.speaker == assistant else "user", "content": message.text} for message in group
    ]
    return merged_turns(messages, between="\n")
