"""ChatGPT's `conversations.json`: of each conversation a tree of messages, of which one branch was shown last."""

import re

from core.data.reading.exports.chats.branches import joined, way_to
from core.data.reading.exports.export import Export, Rows, Told

_CITATION = re.compile(r"\ue200.*?\ue201|【\d+(?::\d+)?†[^】]*】", re.DOTALL)
"""Marks that the page turns into links to sources, which are not in the export."""
_SPOKEN = frozenset({"text", "multimodal_text"})
_SPEAKERS = frozenset({"system", "user", "assistant"})


class _HasMediaError(ValueError):
    """A turn shows a picture or file that is not in the export."""


def _is_one(head: list[dict]) -> bool:
    return all(isinstance(row.get("mapping"), dict) and _has_nodes(row["mapping"]) for row in head)


def _has_nodes(mapping: dict) -> bool:
    return all(isinstance(node, dict) and "message" in node for node in mapping.values())


def _convert(rows: Rows, told: Told) -> Rows:
    for number, values, *problem in rows:
        if problem:
            yield number, values, *problem
            continue
        nodes = values.get("mapping") or {}
        parents = {key: node.get("parent") for key, node in nodes.items()}
        way = way_to(_leaf(values, nodes), parents)
        try:
            messages = joined([message for key in way if (message := _message(nodes[key].get("message"), told))])
        except _HasMediaError:
            told.count("conversations with pictures or files, which are left out")
            continue
        on_way = set(way)
        told.count(
            "answers that were generated again or edited away, which are left out",
            sum(key not in on_way and _role(node.get("message")) == "assistant" for key, node in nodes.items()),
        )
        if messages:
            yield number, {"messages": messages, "title": values.get("title")}


def _leaf(values: dict, nodes: dict) -> str | None:
    """The message shown last: the one that the export names, or else the newest that nothing follows."""
    if values.get("current_node") in nodes:
        return values["current_node"]
    followed = {node.get("parent") for node in nodes.values()}
    ends = [key for key in nodes if key not in followed]
    return max(ends, key=lambda key: (nodes[key].get("message") or {}).get("create_time") or 0, default=None)


def _role(message: dict | None) -> str | None:
    return ((message or {}).get("author") or {}).get("role")


def _message(message: dict | None, told: Told) -> dict | None:
    """A turn that the person saw; None for what is not one: tools, their results, hidden instructions, summaries."""
    content = (message or {}).get("content") or {}
    hidden = ((message or {}).get("metadata") or {}).get("is_visually_hidden_from_conversation")
    if not content or hidden:
        return None
    role, kind = _role(message), content.get("content_type")
    text = _text(content.get("parts") or [])
    if role not in _SPEAKERS or kind not in _SPOKEN or message.get("recipient") not in (None, "all"):
        if role == "tool" or message.get("recipient") not in (None, "all"):
            told.count("calls of tools and their results, which are left out of the conversations")
        return None
    text = _CITATION.sub("", text).strip()
    return {"role": role, "content": text} if text else None


def _text(parts: list) -> str:
    """The texts in the parts of a message. Raises _HasMediaError where there is more than text and speech."""
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
    "of each conversation the branch shown last is read, without tools and hidden instructions",
    _is_one,
    _convert,
    is_row_by_row=True,
)
