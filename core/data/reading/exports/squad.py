"""Reading comprehension in SQuAD's format: questions nested in paragraphs and articles, or one row per question."""

from collections.abc import Iterator

from core.data.reading.exports.export import Export, ExportNotes, Rows
from core.examples.paths import opened

_UNANSWERED = "questions without an answer in the text, left out"


def _matches(head: list[dict]) -> bool:
    return all(any(map(_is_paragraph, _paragraphs(row))) for row in head)


def _paragraphs(row: dict) -> list:
    """The paragraphs of an article; a row may also be a single paragraph."""
    paragraphs = row.get("paragraphs")
    return paragraphs if isinstance(paragraphs, list) else [row]


def _is_paragraph(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("qas"), list) and isinstance(value.get("context"), str)


def _convert(rows: Rows, notes: ExportNotes) -> Rows:
    """A row for each question with an answer, numbered by question."""
    last = 0
    for number, values, *problem in rows:
        if problem:
            yield max(number, last + 1), values, *problem
            continue
        for asked, context in _asked(values):
            last += 1
            if answer := _answer(asked):
                question = {"question": asked.get("question"), "context": context, "answer": answer}
                yield last, question | ({"title": values["title"]} if "title" in values else {})
            else:
                notes.count(_UNANSWERED)


def _asked(values: dict) -> Iterator[tuple[dict, str]]:
    for paragraph in filter(_is_paragraph, _paragraphs(values)):
        for asked in paragraph["qas"]:
            if isinstance(asked, dict):
                yield asked, paragraph["context"]


def _answer(asked: dict) -> str:
    if asked.get("is_impossible"):
        return ""
    answers = asked.get("answers") or [asked.get("answer")]
    if isinstance(answers, dict):  # as `datasets` keeps lists of objects
        answers = answers.get("text") or []
    answers = answers if isinstance(answers, list) else [answers]
    texts = [answer.get("text") if isinstance(answer, dict) else answer for answer in answers]
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")


def _is_flat(head: list[dict]) -> bool:
    return all("question" in row and _is_answers(opened(row.get("answers"))) for row in head)


def _is_answers(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("text"), list) and "answer_start" in value


def _convert_flat(rows: Rows, notes: ExportNotes) -> Rows:
    for number, values, *problem in rows:
        if problem:
            yield number, values, *problem
            continue
        answers = opened(values.get("answers"))
        texts = answers.get("text") or [] if isinstance(answers, dict) else []
        if answer := next((text for text in texts if isinstance(text, str) and text.strip()), ""):
            kept = {name: value for name, value in values.items() if name not in ("answers", "id")}
            yield number, {**kept, "answer": answer}
        else:
            notes.count(_UNANSWERED)


EXPORT = Export(
    "in SQuAD's format", "each question becomes a row with its paragraph and first answer", _matches, _convert
)
FLAT = Export("in SQuAD's format", "each question is read with its first answer", _is_flat, _convert_flat)
