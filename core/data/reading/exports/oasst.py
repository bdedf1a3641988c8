"""Nested trees of messages in Open Assistant's format: every message contains its `replies`."""

from core.data.reading.exports.export import Export, ExportNotes, Rows


def _root(row: dict) -> object:
    return row["prompt"] if isinstance(row.get("prompt"), dict) else row


def _matches(head: list[dict]) -> bool:
    return all(
        isinstance(root := _root(row), dict) and isinstance(root.get("replies"), list) and _text(root) for row in head
    )


def _text(message: dict) -> str:
    text = message.get("text", message.get("content"))
    return text if isinstance(text, str) else ""


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    for number, row, *problem in rows:
        if problem:
            yield number, row, *problem
            continue
        message, messages = _root(row), []
        while message:
            messages.append({"role": message.get("role") or ("user", "assistant")[len(messages) % 2],
                             "content": _text(message)})  # fmt: skip
            replies = [reply for reply in message.get("replies") or [] if isinstance(reply, dict) and _text(reply)]
            notes.count("lower-ranked replies, left out", max(0, len(replies) - 1))
            message = min(replies, key=_rank, default=None)
        about = {name: row[name] for name in ("message_tree_id", "lang") if name in row}
        yield number, {"messages": messages} | about


def _rank(message: dict) -> float:
    rank = message.get("rank")
    return rank if isinstance(rank, (int, float)) else float("inf")


EXPORT = Export(
    "a file of message trees",
    "each tree becomes a conversation along its best-ranked replies",
    _matches,
    _convert,
    is_row_by_row=True,
)
