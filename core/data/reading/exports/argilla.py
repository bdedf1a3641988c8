"""Argilla records: their fields and the submitted answers; unconfirmed suggestions do not count as answers."""

from collections.abc import Iterator

from core.data.reading.exports.export import Export, ExportNotes, Rows
from core.examples.paths import opened

_UNANSWERED = "records without an answer, left out"
_OF_NO_USE = frozenset({"discarded", "draft"})
_RESPONSES = ".responses"
_ABOUT = frozenset({"id", "_server_id", "status", "external_id", "metadata", "vectors"})


def _is_one(head: list[dict]) -> bool:
    return all(isinstance(row.get("fields"), dict) and isinstance(row.get("responses"), (dict, list)) for row in head)


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    for number, record, *problem in rows:
        if problem:
            yield number, record, *problem
        elif answers := dict(_answers(record.get("responses"), notes)):
            yield number, record["fields"] | {_apart(name, record["fields"]): text for name, text in answers.items()}
        else:
            notes.count(_UNANSWERED)


def _answers(responses: object, notes: ExportNotes) -> Iterator[tuple[str, object]]:
    """The first answer to each question, from answers stored by question or by annotator."""
    if isinstance(responses, list):
        by_person = [(answer.get("values") or {}, answer.get("status")) for answer in responses]
        responses = {
            name: [{**given, "status": status} for values, status in by_person if (given := values.get(name))]
            for name in dict.fromkeys(name for values, _ in by_person for name in values)
        }
    for name, given in (responses or {}).items():
        if (text := _first(given, notes)) is not None:
            yield name, text


def _first(given: object, notes: ExportNotes) -> object:
    """The first submitted answer of a list."""
    given = opened(given)
    answers = given if isinstance(given, list) else [given]
    values = [
        answer.get("value") if isinstance(answer, dict) else answer
        for answer in answers
        if not (isinstance(answer, dict) and answer.get("status") in _OF_NO_USE)
    ]
    values = [value for value in values if value not in (None, "")]
    if len(values) > 1:
        notes.count("further answers to the same question, left out", len(values) - 1)
    return values[0] if values else None


def _apart(name: str, fields: dict) -> str:
    return f"{name} (answered)" if name in fields else name


def _is_flat(head: list[dict]) -> bool:
    """Flat records: `answer.responses` (v2), or `answer` beside `answer-suggestion` (v1)."""
    return all(_asked(row) for row in head)


def _asked(row: dict) -> list[str]:
    """The question names in a flat record."""
    newer = [name.removesuffix(_RESPONSES) for name in row if name.endswith(_RESPONSES)]
    return newer or [name for name in row if f"{name}-suggestion" in row and f"{name}-suggestion-metadata" in row]


def _convert_flat(rows: Rows, notes: ExportNotes) -> Rows:
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
        answers = {name: text for name in asked if (text := _first(_given(row, name), notes)) is not None}
        if answers:
            yield number, kept | answers
        else:
            notes.count(_UNANSWERED)


def _given(row: dict, name: str) -> object:
    """The answers to a question; if they have a status, only the submitted ones."""
    if f"{name}{_RESPONSES}" not in row:
        return row.get(name)
    values, states = (opened(row.get(f"{name}{_RESPONSES}{part}")) or [] for part in ("", ".status"))
    if not isinstance(values, list):
        return values
    states = states if isinstance(states, list) and len(states) == len(values) else [None] * len(values)
    return [value for value, state in zip(values, states, strict=True) if state not in _OF_NO_USE]


_HOW = "each record is read with its fields and first answers; unconfirmed suggestions are ignored"
EXPORT = Export("an Argilla export", _HOW, _is_one, _convert, is_row_by_row=True)
FLAT = Export("an Argilla export", _HOW, _is_flat, _convert_flat, is_row_by_row=True)
