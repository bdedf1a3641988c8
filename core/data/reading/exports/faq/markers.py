"""Questions after `Q:` and answers after `A:`, in several languages."""

import re

from core.data.reading.exports.export import ExportNotes, Rows
from core.data.reading.exports.faq.lines import HEADING, LEAST, MOST_OF_THEM, text_of_lines

_MARK = r"^[\s>*_#-]{0,12}(?:\d+[.)]\s{0,4})?[*_]{0,4}"
_END = r"[*_]{0,4} ?\d{0,4} ?[:.)\uff1a] ?[*_]{0,4}"
_ASKS = re.compile(rf"{_MARK}(?:Q|Question|Frage|F|Pregunta|Pergunta|Domanda|Vraag|问|問){_END}(.*)$", re.IGNORECASE)
_ANSWERS = re.compile(
    rf"{_MARK}(?:A|Answer|Antwort|Réponse|R|Respuesta|Resposta|Risposta|Antwoord|答){_END}(.*)$",
    re.IGNORECASE | re.DOTALL,
)


def has_markers(lines: list[str]) -> bool:
    """Whether enough lines are marked as questions, and most of them have answers."""
    asking = [line for line in lines if _ASKS.match(line)]
    answering = [line for line in lines if _ANSWERS.match(line)]
    return len(asking) >= LEAST and len(answering) >= len(asking) * MOST_OF_THEM


def rows_of_markers(lines: list[str], notes: ExportNotes) -> Rows:
    """Questions and answers by their markers; unmarked lines continue the one above."""
    number, asked, answered = 0, [], None
    for place, line in enumerate(lines, start=1):
        if match := _ASKS.match(line):
            yield from _pair(number, asked, answered, notes)
            number, asked, answered = place, [match[1].strip("*_ \t")], None
        elif asked and answered is None and (match := _ANSWERS.match(line)):
            answered = [match[1].lstrip()]
        elif answered is not None and not HEADING.match(line):
            answered.append(line)
        elif asked and not HEADING.match(line):
            asked.append(line)
        elif line.strip() and not HEADING.match(line):
            notes.count("lines before the first question, left out")
    yield from _pair(number, asked, answered, notes)


def _pair(number: int, asked: list[str], answered: list[str] | None, notes: ExportNotes) -> Rows:
    question, answer = "\n".join(asked).strip(), text_of_lines(answered or [])
    if question and answer:
        yield number, {"question": question, "answer": answer}
    elif question:
        notes.count("questions without an answer, left out")
