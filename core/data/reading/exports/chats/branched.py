"""Conversations whose messages name their parent, so that regenerated answers are all in the same list."""

from core.data.reading.exports.chats.turns import path_to
from core.data.reading.exports.export import Export, ExportNotes, Rows
from core.data.shapes.parent_ids import own_and_parent
from core.examples.paths import opened

_COLUMNS = ("messages", "conversations", "conversation")


def _column(row: dict) -> str | None:
    """The column with messages of which two share a parent, if any."""
    return next((name for name in _COLUMNS if _is_branched(opened(row.get(name)))), None)


def _is_branched(messages: object) -> bool:
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        return False
    if not messages or not (names := own_and_parent(messages[0])):
        return False
    ids, parents = ([str(message.get(name)) for message in messages] for name in names)
    roots = sum(parent not in ids for parent in parents)
    return roots == 1 and len(set(ids)) == len(ids) and len(set(parents)) < len(parents)


def _matches(head: list[dict]) -> bool:
    return any(map(_column, head))


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    for number, row, *problem in rows:
        column = None if problem else _column(row)
        if column:
            messages = opened(row[column])
            own, parent = own_and_parent(messages[0])
            by_id = {str(message.get(own)): message for message in messages}
            parents = {key: str(message.get(parent)) for key, message in by_id.items()}
            path = path_to(str(messages[-1].get(own)), parents)
            notes.count("messages on other branches, left out", len(messages) - len(path))
            row = {**row, column: [by_id[key] for key in path]}
        yield number, row, *problem


EXPORT = Export(
    "a file of branching chats",
    "each conversation is read along the branch of its last message",
    _matches,
    _convert,
    is_row_by_row=True,
    is_any_row=True,
)
