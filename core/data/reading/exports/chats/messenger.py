"""Chats of Facebook Messenger and Instagram, newest message first, their letters written as bytes of Latin-1."""

from core.data.reading.exports.chats.talk import Said, conversation_rows, readable
from core.data.reading.exports.export import Export, Rows, Told


def _is_one(head: list[dict]) -> bool:
    return all("participants" in row and isinstance(row.get("messages"), list) for row in head) and all(
        isinstance(message, dict) and "sender_name" in message and "timestamp_ms" in message
        for row in head
        for message in row["messages"]
    )


def _convert(rows: Rows, told: Told) -> Rows:
    first = 1
    for number, chat, *problem in rows:
        if problem:
            yield number, chat, *problem
            continue
        said = readable(chat["messages"], _said, told)
        yield from conversation_rows(sorted(said, key=lambda one: one.at), told, first)
        first += len(said)


def _said(message: dict, told: Told) -> Said | None:
    if not message.get("content") or message.get("is_unsent"):
        told.count("messages without text, which are left out")
        return None
    return Said(_mended(message["sender_name"]), _mended(message["content"]), message["timestamp_ms"] / 1000)


def _mended(text: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


EXPORT = Export(
    "a Messenger or Instagram export", "messages are joined into conversations by the pauses between", _is_one, _convert
)
