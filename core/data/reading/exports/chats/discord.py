"""Discord channels as DiscordChatExporter writes them."""

from datetime import datetime
from zlib import crc32

from core.data.reading.exports.chats.talk import Said, conversation_rows, readable
from core.data.reading.exports.export import Export, Rows, Told

_DAY = 86_400
_SAYING = frozenset({"Default", "Reply", "ChatInputCommand", "ContextMenuCommand", "ThreadStarterMessage"})


def _is_one(head: list[dict]) -> bool:
    return all(
        "channel" in row and isinstance(row.get("messages"), list) and _are_said(row["messages"]) for row in head
    )


def _are_said(messages: list) -> bool:
    return all(
        isinstance(message, dict) and isinstance(message.get("author"), dict) and "timestamp" in message
        for message in messages
    )


def _convert(rows: Rows, told: Told) -> Rows:
    first = 1
    for number, channel, *problem in rows:
        if problem:
            yield number, channel, *problem
            continue
        messages = readable(channel["messages"], _said, told)
        yield from conversation_rows(messages, told, first)
        first += len(messages)


def _said(message: dict, told: Told) -> Said | None:
    author = message["author"]
    text = message.get("content") or "\n".join(map(_embedded, message.get("embeds") or [])).strip()
    if not text or message.get("type", "Default") not in _SAYING:
        told.count("messages without text, or about the channel itself, which are left out")
        return None
    at = datetime.fromisoformat(message["timestamp"]).timestamp()
    reply_to = (message.get("reference") or {}).get("messageId")
    return Said(str(author.get("name")), text, at, message.get("id"), reply_to, bool(author.get("isBot")))


def _embedded(embed: dict) -> str:
    return "\n".join(filter(None, (embed.get("title"), embed.get("description"))))


def _is_row(head: list[dict]) -> bool:
    return all(row.keys() >= {"AuthorID", "Author", "Date", "Content"} for row in head)


def _convert_rows(rows: Rows, told: Told) -> Rows:
    """A CSV file, which knows of no replies; its moments are read where they are written as ISO 8601."""
    messages = []
    for number, row, *problem in rows:
        if problem:
            yield number, row, *problem
        elif not str(row["Content"] or "").strip():
            told.count("messages without text, which are left out")
        else:
            messages.append(Said(str(row["Author"]), str(row["Content"]), _moment(str(row["Date"]))))
    yield from conversation_rows(messages, told)


def _moment(written: str) -> float:
    """Seconds, or days by their first word: two of these are always a pause apart."""
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        return float(crc32("".join(written.split()[:1]).encode())) * _DAY


EXPORT = Export(
    "a Discord export", "messages are joined into conversations by who replies to what, or by pauses", _is_one, _convert
)
TABLE = Export(
    "a Discord export", "messages are joined into conversations by the pauses between", _is_row, _convert_rows
)
