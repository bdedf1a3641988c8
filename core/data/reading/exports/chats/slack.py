"""Slack channels, exported as one file per day."""

from core.data.reading.exports.chats.conversation_rows import conversation_rows, readable_messages
from core.data.reading.exports.chats.grouping import Message
from core.data.reading.exports.export import Export, ExportNotes, Rows


def _matches(head: list[dict]) -> bool:
    return all(
        row.get("type") == "message" and isinstance(row.get("ts"), (str, float)) and isinstance(row.get("text"), str)
        for row in head
    )


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    messages = []
    for number, message, *problem in rows:
        if problem:
            yield number, message, *problem
        else:
            messages.append(message)
    said = readable_messages(messages, _message, notes)
    yield from conversation_rows(sorted(said, key=lambda one: one.at), notes)


def _message(message: dict, notes: ExportNotes) -> Message | None:
    if message.get("subtype") not in (None, "bot_message", "thread_broadcast") or not message["text"].strip():
        notes.count("messages without text or about the channel itself, left out")
        return None
    profile = message.get("user_profile") or {}
    names = (profile.get("real_name"), message.get("username"), message.get("user"), message.get("bot_id"))
    thread = message.get("thread_ts")
    return Message(
        str(next(filter(None, names), "somebody")),
        message["text"],
        float(message["ts"]),
        message["ts"],
        thread if thread != message["ts"] else None,
        bool(message.get("bot_id")),
    )


EXPORT = Export(
    "a Slack export", "messages are joined into conversations by threads, or else by pauses", _matches, _convert
)
