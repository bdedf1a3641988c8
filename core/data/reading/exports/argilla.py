"""Argilla records: their fields and the submitted answers; unconfirmed suggestions do not count as answers."""

from collections.abc import Iterator

from core.data.reading.exports.export import Export, ExportNotes, Rows
from core.examples.paths import opened

UNANSWERED = "records without an answer, left out"
OF_NO_USE = frozenset({"discarded", "draft"})


def _matches(head: list[dict]) -> bool:
    return all(isinstance(row.get("fields"), dict) and isinstance(row.get("responses"), (dict, list)) for row in head)


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    for number, record, *problem in rows:
        if problem:
            yield number, record, *problem
        elif answers := dict(_answers(record.get("responses"), notes)):
            yield number, record["fields"] | {_apart(name, record["fields"]): text for name, text in answers.items()}
        else:
            notes.count(UNANSWERED)


def _answers(responses: object, notes: ExportNotes) -> Iterator[tuple[str, object]]:
    """The first answer to each question, from answers stored by question or by annotator."""
    if isinstance(responses, list):
        by_person = [(answer.get("values") or {}, answer.get("status")) for answer in responses]
        responses = {
            name: [{**given, "status": status} for values, status in by_person if (given := values.get(name))]
            for name in dict.fromkeys(name for values, _ in by_person for name in values)
        }
    for name, given in (responses or {}).items():
        if (text := first_answer(given, notes)) is not None:
            yield name, text


def first_answer(given: object, notes: ExportNotes) -> object:
    """The first submitted answer of a list."""
    given = opened(given)
    answers = given if isinstance(given, list) else [given]
    values = [
        answer.get("value") if isinstance(answer, dict) else answer
        for answer in answers
        if not (isinstance(answer, dict) and answer.get("status") in OF_NO_USE)
    ]
    values = [value for value in values if value not in (None, "")]
    if len(values) > 1:
        notes.count("further answers to the same question, left out", len(values) - 1)
    return values[0] if values else None


def _apart(name: str, fields: dict) -> str:
    return f"{name} (answered)" if name in fields else name


HOW = "each record is read with its fields and first answers; unconfirmed suggestions are ignored"
EXPORT = Export("an Argilla export", HOW, _matches, _convert, is_row_by_row=True)
