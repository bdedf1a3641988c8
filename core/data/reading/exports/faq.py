"""Questions with their answers written as a document: below headings, behind `Q:` and `A:`, or in a Markdown table."""

import re
from collections.abc import Iterator

from core.data.reading.content import Content
from core.data.reading.encoding import Encoding
from core.data.reading.exports.export import Rows, TextExport, Told
from core.examples.roles import count_known

_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)$")
_BOLD, _LEVEL_OF_BOLD = re.compile(r"\s*(?:\d+[.)]\s*)?\*\*([^*]+)\*\*\s*$"), 7
"""A line in bold alone stands for a heading."""
_MARK = r"^[\s>*_#-]{0,12}(?:\d+[.)]\s{0,4})?[*_]{0,4}"
_END = r"[*_]{0,4} ?\d{0,4} ?[:.)\uff1a] ?[*_]{0,4}"
_ASKS = re.compile(rf"{_MARK}(?:Q|Question|Frage|F|Pregunta|Pergunta|Domanda|Vraag|问|問){_END}(.*)$", re.IGNORECASE)
_ANSWERS = re.compile(
    rf"{_MARK}(?:A|Answer|Antwort|Réponse|R|Respuesta|Resposta|Risposta|Antwoord|答){_END}(.*)$",
    re.IGNORECASE | re.DOTALL,
)
_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_CELL_END = re.compile(r"(?<!\\)\|")
_DRAWN = frozenset("-*_ \t")
"""What lines consist of that are empty, or part a text from the next."""
_NUMBER = re.compile(r"^\d+[.)]\s+")
_QUESTION_ENDS = ("?", "？", "؟")
_SUFFIXES = (".md", ".markdown", ".txt", ".text", "")
_LEAST = 3
_MOST_OF_THEM = 0.7


def _is_one(head: str, suffix: str) -> bool:
    return suffix in _SUFFIXES and _form_of(head.splitlines()) is not None


def questions_in(lines: list[str], name: str, notes: list[str]) -> tuple[list[str], Rows] | None:
    """The columns and rows of the questions and answers that the lines of a document are; None where they are none."""
    if (form := _form_of(lines)) is None:
        return None
    notes.append(f"{name} is {EXPORT.name}: {EXPORT.how}")
    told = Told(notes)
    rows = list(form(lines, told))
    told.settle()
    return list(rows[0][1]), iter(rows)


def _form_of(lines: list[str]):
    """The function that reads such lines as questions and answers, None where they are none."""
    if _table_header(lines) is not None:
        return _of_table
    asking = [line for line in lines if _ASKS.match(line)]
    answering = [line for line in lines if _ANSWERS.match(line)]
    if len(asking) >= _LEAST and len(answering) >= len(asking) * _MOST_OF_THEM:
        return _of_marks
    return _of_headings if _asking_level(lines) else None


def _convert(content: Content, encoding: Encoding, told: Told) -> Rows:
    with encoding.open(content) as file:
        lines = file.read().splitlines()
    yield from _form_of(lines)(lines, told)


# --- A table


def _table_header(lines: list[str]) -> int | None:
    """The place of the header of a table that names questions and answers, and is most of the text."""
    for place, line in enumerate(lines[:-1]):
        if "|" in line and _RULE.match(lines[place + 1].strip()) and count_known(_cells(line)) > 1:
            inside = sum(len(row) for row in lines if "|" in row)
            return place if 2 * inside > sum(map(len, lines)) else None
    return None


def _of_table(lines: list[str], told: Told) -> Rows:
    """The rows of that table, and of others with the same header."""
    header = _cells(lines[_table_header(lines)])
    is_inside = False
    for number, line in enumerate(lines, start=1):
        cells = _cells(line) if "|" in line else []
        if cells == header:
            is_inside = True
        elif is_inside and cells:
            if not _RULE.match(line.strip()):
                yield number, dict(zip(header, cells, strict=False))
        else:
            is_inside = False
            if line.strip() and not _HEADING.match(line):
                told.count("lines outside the table of questions and answers, which are left out")


def _cells(line: str) -> list[str]:
    cells = _CELL_END.split(line.strip().removeprefix("|").removesuffix("|"))
    return [re.sub(r"<br\s*/?>", "\n", cell.replace("\\|", "|")).strip() for cell in cells]


# --- Marks


def _of_marks(lines: list[str], told: Told) -> Rows:
    number, asked, answered = 0, [], None
    for place, line in enumerate(lines, start=1):
        if match := _ASKS.match(line):
            yield from _whole(number, asked, answered, told)
            number, asked, answered = place, [match[1].strip("*_ \t")], None
        elif asked and answered is None and (match := _ANSWERS.match(line)):
            answered = [match[1].lstrip()]
        elif answered is not None and not _HEADING.match(line):
            answered.append(line)
        elif asked and not _HEADING.match(line):
            asked.append(line)
        elif line.strip() and not _HEADING.match(line):
            told.count("lines before the first question, which are left out")
    yield from _whole(number, asked, answered, told)


def _whole(number: int, asked: list[str], answered: list[str] | None, told: Told) -> Rows:
    question, answer = "\n".join(asked).strip(), _text(answered or [])
    if question and answer:
        yield number, {"question": question, "answer": answer}
    elif question:
        told.count("questions without an answer, which are left out")


def _text(lines: list[str]) -> str:
    """Lines as one text, without the line that is drawn below them."""
    end = len(lines)
    while end and _DRAWN.issuperset(lines[end - 1]):
        end -= 1
    return "\n".join(lines[:end]).strip()


# --- Headings


def _asking_level(lines: list[str]) -> int | None:
    """The level of headings of which most are questions."""
    texts: dict[int, list[bool]] = {}
    for _, level, text in _headings(lines):
        texts.setdefault(level, []).append(text.endswith(_QUESTION_ENDS))
    asking = [level for level, ends in texts.items() if sum(ends) >= max(_LEAST, len(ends) * _MOST_OF_THEM)]
    return max(asking, default=None)


def _headings(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Place, level and text of each heading outside fences of code."""
    in_code = False
    for place, line in enumerate(lines):
        in_code ^= line.lstrip().startswith(("```", "~~~"))
        if in_code:
            continue
        if match := _HEADING.match(line):
            yield place, len(match[1]), match[2].strip("*_# \t")
        elif match := _BOLD.match(line):
            yield place, _LEVEL_OF_BOLD, match[1].strip()


def _of_headings(lines: list[str], told: Told) -> Rows:
    level = _asking_level(lines)
    borders = [found for found in _headings(lines) if found[1] <= level]
    ends = [*(place for place, _, _ in borders[1:]), len(lines)]
    for (place, own, text), end in zip(borders, ends, strict=True):
        answer = _text(lines[place + 1 : end])
        if own == level and text.endswith(_QUESTION_ENDS) and answer:
            yield place + 1, {"question": _NUMBER.sub("", text), "answer": answer}
        elif answer or own == level:
            told.count("sections that are not a question with an answer, which are left out")


EXPORT = TextExport("a list of questions and answers", "each question becomes a row with its answer", _is_one, _convert)
