"""Discord channels, as exported by DiscordChatExporter (JSON or CSV)."""

from datetime import datetime
from zlib import crc32

from core.data.reading.exports.chats.conversation_rows import conversation_rows, readable_messages
from core.data.reading.exports.chats.grouping import Message
from core.data.reading.exports.export import Export, ExportNotes, Rows

_DAY = 86_400
_SAYING = frozenset({"Default", "Reply", "ChatInputCommand", "ContextMenuCommand", "ThreadStarterMessage"})


def _matches(head: list[dict]) -> bool:
    return all(
        "channel" in row and isinstance(row.get("messages"), list) and _are_said(row["messages"]) for row in head
    )


def _are_said(messages: list) -> bool:
    return all(
        isinstance(message, dict) and isinstance(message.get("author"), dict) and "timestamp" in message
        for message in messages
    )


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    first = 1
    for number, channel, *problem in rows:
        if problem:
            yield number, channel, *problem
            continue
        messages = readable_messages(channel["messages"], _message, notes)
        yield from conversation_rows(messages, notes, first)
        first += len(messages)


def _message(message: dict, notes: ExportNotes) -> Message | None:
    author = message["author"]
    text = message.get("content") or "\n".join(map(_embedded, message.get("embeds") or [])).strip()
    if not text or message.get("type", "Default") not in _SAYING:
        notes.count("messages without text or about the channel itself, left out")
        return None
    at = datetime.fromisoformat(message["timestamp"]).timestamp()
    reply_to = (message.get("reference") or {}).get("messageId")
    return Message(str(author.get("name")), text, at, message.get("id"), reply_to, bool(author.get("isBot")))


def _embedded(embed: dict) -> str:
    return "\n".join(filter(None, (embed.get("title"), embed.get("description"))))


def _is_row(head: list[dict]) -> bool:
    return all(row.keys() >= {"AuthorID", "Author", "Date", "Content"} for row in head)


def _convert_rows(rows: Rows, notes: ExportNotes) -> Rows:
    """A CSV file, which has no replies; times are parsed if they are in ISO 8601."""
    messages = []
    for number, row, *problem in rows:
        if problem:
            yield number, row, *problem
        elif not str(row["Content"] or "").strip():
            notes.count("messages without text, left out")
        else:
            messages.append(Message(str(row["Author"]), str(row["Content"]), _moment(str(row["Date"]))))
    yield from conversation_rows(messages, notes)


def _moment(written: str) -> float:
    """A time in seconds; for other formats, a number for the day, so that different days are a pause apart."""
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        return float(crc32("".join(written.split()[:1]).encode())) * _DAY


EXPORT = Export(
    "a Discord export", "messages are joined into conversations by replies, or else by pauses", _matches, _convert
)
TABLE = Export("a Discord export", "messages are joined into conversations by pauses", _is_row, _convert_rows)
