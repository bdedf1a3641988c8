"""ChatGPT's `conversations.json`: each conversation is a tree of messages with one branch shown last."""

import re

from core.data.reading.exports.chats.turns import merged_turns, path_to
from core.data.reading.exports.export import Export, ExportNotes, Rows

_CITATION = re.compile(r"\ue200.*?\ue201|【\d+(?::\d+)?†[^】]*】", re.DOTALL)
"""Citation marks, whose sources are not in the export."""
_SPOKEN = frozenset({"text", "multimodal_text"})
_SPEAKERS = frozenset({"system", "user", "assistant"})


class _HasMediaError(ValueError):
    """A turn includes a picture or file that is not in the export."""


def _matches(head: list[dict]) -> bool:
    return all(isinstance(row.get("mapping"), dict) and _has_nodes(row["mapping"]) for row in head)


def _has_nodes(mapping: dict) -> bool:
    return all(isinstance(node, dict) and "message" in node for node in mapping.values())


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    for number, values, *problem in rows:
        if problem:
            yield number, values, *problem
            continue
        nodes = values.get("mapping") or {}
        parents = {key: node.get("parent") for key, node in nodes.items()}
        path = path_to(_leaf(values, nodes), parents)
        try:
            messages = merged_turns(
                [message for key in path if (message := _message(nodes[key].get("message"), notes))]
            )
        except _HasMediaError:
            notes.count("conversations with pictures or files, left out")
            continue
        on_path = set(path)
        notes.count(
            "regenerated or edited answers, left out",
            sum(key not in on_path and _role(node.get("message")) == "assistant" for key, node in nodes.items()),
        )
        if messages:
            yield number, {"messages": messages, "title": values.get("title")}


def _leaf(values: dict, nodes: dict) -> str | None:
    """The message shown last: the one that the export names, else the newest leaf."""
    if values.get("current_node") in nodes:
        return values["current_node"]
    followed = {node.get("parent") for node in nodes.values()}
    ends = [key for key in nodes if key not in followed]
    return max(ends, key=lambda key: (nodes[key].get("message") or {}).get("create_time") or 0, default=None)


def _role(message: dict | None) -> str | None:
    return ((message or {}).get("author") or {}).get("role")


def _message(message: dict | None, notes: ExportNotes) -> dict | None:
    """A visible turn; None for tool calls, their results, hidden instructions and summaries."""
    content = (message or {}).get("content") or {}
    hidden = ((message or {}).get("metadata") or {}).get("is_visually_hidden_from_conversation")
    if not content or hidden:
        return None
    role, kind = _role(message), content.get("content_type")
    text = _text(content.get("parts") or [])
    if role not in _SPEAKERS or kind not in _SPOKEN or message.get("recipient") not in (None, "all"):
        if role == "tool" or message.get("recipient") not in (None, "all"):
            notes.count("tool calls and their results, left out of the conversations")
        return None
    text = _CITATION.sub("", text).strip()
    return {"role": role, "content": text} if text else None


def _text(parts: list) -> str:
    """The text in the parts of a message. Raises _HasMediaError where a part is neither text nor speech."""
    texts = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict) and part.get("content_type") == "audio_transcription":
            texts.append(part.get("text") or "")
        elif isinstance(part, dict) and "audio" not in str(part.get("content_type")):
            raise _HasMediaError
    return "\n".join(filter(None, texts))


EXPORT = Export(
    "a ChatGPT export",
    "each conversation is read along the branch shown last, without tool calls and hidden instructions",
    _matches,
    _convert,
    is_row_by_row=True,
)
