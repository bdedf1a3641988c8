"""Questions as headings, with the answers below."""

import re
from collections.abc import Iterator

from core.data.reading.exports.export import ExportNotes, Rows
from core.data.reading.exports.faq.lines import HEADING, LEAST, MOST_OF_THEM, NUMBER, text_of_lines

_BOLD, _LEVEL_OF_BOLD = re.compile(r"\s*(?:\d+[.)]\s*)?\*\*([^*]+)\*\*\s*$"), 7
"""A line entirely in bold counts as a heading."""
_QUESTION_ENDS = ("?", "？", "؟")


def question_level(lines: list[str]) -> int | None:
    """The deepest heading level at which most headings are questions."""
    texts: dict[int, list[bool]] = {}
    for _, level, text in _headings(lines):
        texts.setdefault(level, []).append(text.endswith(_QUESTION_ENDS))
    asking = [level for level, ends in texts.items() if sum(ends) >= max(LEAST, len(ends) * MOST_OF_THEM)]
    return max(asking, default=None)


def _headings(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """The line index, level and text of each heading outside code fences."""
    in_code = False
    for place, line in enumerate(lines):
        in_code ^= line.lstrip().startswith(("```", "~~~"))
        if in_code:
            continue
        if match := HEADING.match(line):
            yield place, len(match[1]), match[2].strip("*_# \t")
        elif match := _BOLD.match(line):
            yield place, _LEVEL_OF_BOLD, match[1].strip()


def rows_of_headings(lines: list[str], notes: ExportNotes) -> Rows:
    """Headings that ask, each with the text below it as the answer."""
    level = question_level(lines)
    borders = [found for found in _headings(lines) if found[1] <= level]
    ends = [*(place for place, _, _ in borders[1:]), len(lines)]
    for (place, own, text), end in zip(borders, ends, strict=True):
        answer = text_of_lines(lines[place + 1 : end])
        if own == level and text.endswith(_QUESTION_ENDS) and answer:
            yield place + 1, {"question": NUMBER.sub("", text), "answer": answer}
        elif answer or own == level:
            notes.count("sections that are not a question with an answer, left out")
