"""Argilla records exported as flat rows, with one column for each field and question."""

from core.data.reading.exports.argilla import HOW, OF_NO_USE, UNANSWERED, first_answer
from core.data.reading.exports.export import Export, ExportNotes, Rows
from core.examples.paths import opened

_RESPONSES = ".responses"
_ABOUT = frozenset({"id", "_server_id", "status", "external_id", "metadata", "vectors"})


def _matches(head: list[dict]) -> bool:
    """Flat records: `answer.responses` (v2), or `answer` beside `answer-suggestion` (v1)."""
    return all(_asked(row) for row in head)


def _asked(row: dict) -> list[str]:
    """The question names in a flat record."""
    newer = [name.removesuffix(_RESPONSES) for name in row if name.endswith(_RESPONSES)]
    return newer or [name for name in row if f"{name}-suggestion" in row and f"{name}-suggestion-metadata" in row]


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    for number, row, *problem in rows:
        if problem:
            yield number, row, *problem
            continue
        asked = _asked(row)
        about = tuple(f"{name}{mark}" for name in asked for mark in (".", "-suggestion"))
        kept = {
            name: value for name, value in row.items()
            if name not in _ABOUT and name not in asked and not name.startswith(about)
        }  # fmt: skip
        answers = {name: text for name in asked if (text := first_answer(_given(row, name), notes)) is not None}
        if answers:
            yield number, kept | answers
        else:
            notes.count(UNANSWERED)


def _given(row: dict, name: str) -> object:
    """The answers to a question; if they have a status, only the submitted ones."""
    if f"{name}{_RESPONSES}" not in row:
        return row.get(name)
    values, states = (opened(row.get(f"{name}{_RESPONSES}{part}")) or [] for part in ("", ".status"))
    if not isinstance(values, list):
        return values
    states = states if isinstance(states, list) and len(states) == len(values) else [None] * len(values)
    return [value for value, state in zip(values, states, strict=True) if state not in OF_NO_USE]


EXPORT = Export("an Argilla export", HOW, _matches, _convert, is_row_by_row=True)
