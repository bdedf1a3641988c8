"""Telegram's `result.json`: one chat, or all chats of an account."""

from datetime import datetime

from core.data.reading.exports.chats.conversation_rows import conversation_rows, readable_messages
from core.data.reading.exports.chats.grouping import Message
from core.data.reading.exports.export import Export, ExportNotes, Rows


def _matches(head: list[dict]) -> bool:
    return all(any(map(_is_chat, _chats(row))) for row in head)


def _chats(row: dict) -> list:
    chats = row.get("chats")
    return (chats.get("list") or []) if isinstance(chats, dict) else [row]


def _is_chat(chat: object) -> bool:
    if not isinstance(chat, dict) or not isinstance(chat.get("messages"), list):
        return False
    return all(
        isinstance(message, dict) and "date" in message and ("from" in message or message.get("type") == "service")
        for message in chat["messages"]
    )


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    first = 1
    for number, row, *problem in rows:
        if problem:
            yield number, row, *problem
            continue
        for chat in filter(_is_chat, _chats(row)):
            messages = readable_messages(chat["messages"], _message, notes)
            yield from conversation_rows(messages, notes, first)
            first += len(messages)


def _message(message: dict, notes: ExportNotes) -> Message | None:
    text = message.get("text") or ""
    if isinstance(text, list):
        text = "".join(part if isinstance(part, str) else str(part.get("text", "")) for part in text)
    if message.get("type") != "message" or not text.strip():
        notes.count("messages without text, or about the chat itself, left out")
        return None
    at = float(message.get("date_unixtime") or datetime.fromisoformat(message["date"]).timestamp())
    speaker = message.get("from") or message.get("from_id") or "deleted account"
    return Message(str(speaker), text, at, message.get("id"), message.get("reply_to_message_id"))


EXPORT = Export(
    "a Telegram export",
    "messages are joined into conversations by replies, or else by pauses",
    _matches,
    _convert,
)
