"""Claude's `conversations.json`: a list of messages for each conversation, each in parts."""

from core.data.reading.exports.chats.turns import merged_turns, path_to
from core.data.reading.exports.export import Export, ExportNotes, Rows

_ROLES = {"human": "user", "user": "user", "assistant": "assistant"}
_PARENT = "parent_message_uuid"


def _matches(head: list[dict]) -> bool:
    lists = [row.get("chat_messages") for row in head]
    return all(isinstance(messages, list) for messages in lists) and all(
        isinstance(message, dict) and "sender" in message for messages in lists for message in messages
    )


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    for number, values, *problem in rows:
        if problem:
            yield number, values, *problem
            continue
        shown = _shown(values)
        notes.count(
            "edited or regenerated messages, left out",
            len(values.get("chat_messages") or []) - len(shown),
        )
        if any(map(_has_lost_files, shown)):
            notes.count("conversations with pictures or files, left out")
            continue
        messages = merged_turns([turn for message in shown if (turn := _message(message, notes))])
        if messages:
            yield number, {"messages": messages, "title": values.get("name")}


def _shown(values: dict) -> list[dict]:
    """The messages of the branch shown last; all, where the export has no branches."""
    messages = [message for message in values.get("chat_messages") or [] if isinstance(message, dict)]
    if not any(message.get(_PARENT) for message in messages):
        return messages
    by_id = {message.get("uuid"): message for message in messages}
    leaf = values.get("current_leaf_message_uuid")
    leaf = leaf if leaf in by_id else messages[-1].get("uuid")
    return [by_id[key] for key in path_to(leaf, {key: message.get(_PARENT) for key, message in by_id.items()})]


def _has_lost_files(message: dict) -> bool:
    """Whether a message has files whose text is not in the export."""
    kept = {attached.get("file_name") for attached in message.get("attachments") or [] if _attached(attached)}
    files = [*(message.get("files") or []), *(message.get("files_v2") or [])]
    return any(file.get("file_name") not in kept for file in files if isinstance(file, dict))


def _attached(attachment: object) -> str:
    return (attachment.get("extracted_content") or "") if isinstance(attachment, dict) else ""


def _message(message: dict, notes: ExportNotes) -> dict | None:
    role = _ROLES.get(str(message.get("sender")).lower())
    parts = [part for part in message.get("content") or [] if isinstance(part, dict)]
    texts = [part.get("text") or "" for part in parts if part.get("type") == "text"]
    notes.count(
        "tool calls and their results, left out of the conversations",
        sum(part.get("type") in ("tool_use", "tool_result") for part in parts),
    )
    spoken = "\n\n".join(filter(None, texts)) or ("" if parts else message.get("text") or "")
    content = "\n\n".join(filter(None, [spoken.strip(), *map(_attached, message.get("attachments") or [])]))
    if not role or not content:
        return None
    thought = "\n\n".join(part.get("thinking") or "" for part in parts if part.get("type") == "thinking").strip()
    return {"role": role, "content": content} | ({"reasoning_content": thought} if thought else {})


EXPORT = Export(
    "a Claude export",
    "each conversation is read along the branch shown last, with attached texts and without tool calls",
    _matches,
    _convert,
    is_row_by_row=True,
)
