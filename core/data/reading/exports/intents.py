"""Chatbot intents: wordings that users may type, with the replies to them."""

from core.data.reading.exports.export import Export, ExportNotes, Rows

_PATTERNS, _REPLIES = ("patterns", "utterances", "examples"), ("responses", "replies")
_MORE_REPLIES = "further replies to the same wordings, left out"
_UNANSWERED = "intents without a wording or a reply, left out"


def _listed(row: dict, names: tuple[str, ...]) -> list | None:
    return next((row[name] for name in names if isinstance(row.get(name), list)), None)


def _texts(row: dict, names: tuple[str, ...]) -> list[str]:
    return [text for text in _listed(row, names) or [] if isinstance(text, str) and text.strip()]


def _matches(head: list[dict]) -> bool:
    listed = [part for row in head for part in (_listed(row, _PATTERNS), _listed(row, _REPLIES))]
    return None not in listed and all(isinstance(text, str) for texts in listed for text in texts)


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    last = 0
    for number, row, *problem in rows:
        if problem:
            last = max(number, last + 1)
            yield last, row, *problem
            continue
        patterns, replies = _texts(row, _PATTERNS), _texts(row, _REPLIES)
        if not patterns or not replies:
            notes.count(_UNANSWERED)
            continue
        notes.count(_MORE_REPLIES, len(replies) - 1)
        intent = {"topic": row["tag"]} if isinstance(row.get("tag"), str) else {}
        for pattern in patterns:
            last += 1
            yield last, {"question": pattern, "answer": replies[0]} | intent


EXPORT = Export(
    "a chatbot's intents file",
    "each wording is a question, the first reply of its intent the answer",
    _matches,
    _convert,
)
