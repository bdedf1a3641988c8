"""Facebook Messenger and Instagram: newest message first, with UTF-8 misencoded as Latin-1."""

from core.data.reading.exports.chats.conversation_rows import conversation_rows, readable_messages
from core.data.reading.exports.chats.grouping import Message
from core.data.reading.exports.export import Export, ExportNotes, Rows


def _matches(head: list[dict]) -> bool:
    return all("participants" in row and isinstance(row.get("messages"), list) for row in head) and all(
        isinstance(message, dict) and "sender_name" in message and "timestamp_ms" in message
        for row in head
        for message in row["messages"]
    )


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    first = 1
    for number, chat, *problem in rows:
        if problem:
            yield number, chat, *problem
            continue
        said = readable_messages(chat["messages"], _message, notes)
        yield from conversation_rows(sorted(said, key=lambda one: one.at), notes, first)
        first += len(said)


def _message(message: dict, notes: ExportNotes) -> Message | None:
    if not message.get("content") or message.get("is_unsent"):
        notes.count("messages without text, left out")
        return None
    return Message(_mended(message["sender_name"]), _mended(message["content"]), message["timestamp_ms"] / 1000)


def _mended(text: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


EXPORT = Export(
    "a Messenger or Instagram export", "messages are joined into conversations by pauses", _matches, _convert
)
