"""Messages of a Slack channel, as its export keeps them a day a file."""

from core.data.reading.exports.chats.talk import Said, conversation_rows, readable
from core.data.reading.exports.export import Export, Rows, Told


def _is_one(head: list[dict]) -> bool:
    return all(
        row.get("type") == "message" and isinstance(row.get("ts"), (str, float)) and isinstance(row.get("text"), str)
        for row in head
    )


def _convert(rows: Rows, told: Told) -> Rows:
    messages = []
    for number, message, *problem in rows:
        if problem:
            yield number, message, *problem
        else:
            messages.append(message)
    said = readable(messages, _said, told)
    yield from conversation_rows(sorted(said, key=lambda one: one.at), told)


def _said(message: dict, told: Told) -> Said | None:
    if message.get("subtype") not in (None, "bot_message", "thread_broadcast") or not message["text"].strip():
        told.count("messages without text, or about the channel itself, which are left out")
        return None
    profile = message.get("user_profile") or {}
    names = (profile.get("real_name"), message.get("username"), message.get("user"), message.get("bot_id"))
    thread = message.get("thread_ts")
    return Said(
        str(next(filter(None, names), "somebody")),
        message["text"],
        float(message["ts"]),
        message["ts"],
        thread if thread != message["ts"] else None,
        bool(message.get("bot_id")),
    )


EXPORT = Export(
    "a Slack export", "messages are joined into conversations by their threads, or by pauses", _is_one, _convert
)
