"""Detects pages set in two columns from where their text is, and puts their lines in reading order."""

from collections.abc import Callable
from statistics import median
from typing import NamedTuple

_LEAST_LINES = 4
"""In a column; fewer may be a heading beside a picture."""
_WIDE = 0.2
"""Share of the text width: narrower lines are cells of a table."""
_FEW = 0.2
_INTERLEAVED = 0.25
_MANY_ASK = 0.3
_RULES_OF_A_TABLE, _THIN = 3, 3
_PARAGRAPH = 1.6
"""Times the usual line spacing."""


class Box(NamedTuple):
    """A piece of text, in points from the lower left corner of the page."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        return self.top - self.bottom


class Columns(NamedTuple):
    """The lines of a page set in two columns, top to bottom, each as boxes from left to right."""

    gutter: float
    """The x position between the two columns."""
    lines: list[list[Box]]


def columns_of(boxes: list[Box], rules: Callable[[], list[Box]]) -> Columns | None:
    """The two columns of a page whose file stores the text line by line across both; else None.

    `boxes` are in file order; `rules` returns the lines drawn on the page.
    """
    lines = _lines(boxes)
    gaps = [
        (line[place].right + line[place + 1].left) / 2
        for line in map(_parts, lines)
        for place in range(len(line) - 1)
        if len(line) == 2
    ]
    if len(gaps) < _LEAST_LINES:
        return None
    gutter = median(gaps)
    parts = [part for line in lines for part in _parts(line)]
    left, right = ([p for p in parts if p.right <= gutter], [p for p in parts if p.left >= gutter])
    width = max(box.right for box in boxes) - min(box.left for box in boxes)
    across = len(parts) - len(left) - len(right)
    if min(len(left), len(right)) < _LEAST_LINES or across > len(parts) * _FEW:
        return None
    if any(median(p.right - p.left for p in side) < width * _WIDE for side in (left, right)):
        return None
    sides = [box.left >= gutter for box in boxes if box.right <= gutter or box.left >= gutter]
    changes = sum(one != other for one, other in zip(sides, sides[1:], strict=False))
    if changes < len(sides) * _INTERLEAVED:  # the file already stores one column after the other
        return None
    drawn = {round(rule.top) for rule in rules() if rule.height <= _THIN and rule.right - rule.left > width * _WIDE}
    between = [height for height in drawn if lines[-1][0].bottom < height < lines[0][0].top]
    return None if len(between) >= _RULES_OF_A_TABLE else Columns(gutter, lines)


def lines_of(columns: Columns, text_of: Callable[[Box], str]) -> list[str]:
    """The lines of a two-column page, left column first; a line across both starts a new section.

    Empty where the left column asks and the right one answers: that is a table.
    """
    gutter, lines = columns
    asking = [text_of(line[-1]).rstrip().endswith("?") for line in map(_left_of(gutter), lines) if line]
    if sum(asking) > len(asking) * _MANY_ASK:
        return []
    usual = median([one[0].bottom - other[0].bottom for one, other in zip(lines, lines[1:], strict=False)] or [0])
    found: list[str] = []
    sides: tuple[list[list[Box]], list[list[Box]]] = ([], [])
    for line in lines:
        if any(box.left < gutter < box.right for box in line):
            found += [*_written(sides[0], text_of, usual), *_written(sides[1], text_of, usual)]
            sides = ([], [])
            found += _written([line], text_of, usual)
            continue
        for side, is_right in zip(sides, (False, True), strict=True):
            if boxes := [box for box in line if (box.left >= gutter) is is_right]:
                side.append(boxes)
    return found + _written(sides[0], text_of, usual) + _written(sides[1], text_of, usual)


def _left_of(gutter: float) -> Callable[[list[Box]], list[Box]]:
    return lambda line: [box for box in line if box.right <= gutter]


def _written(lines: list[list[Box]], text_of: Callable[[Box], str], usual: float) -> list[str]:
    """The texts of consecutive lines, with an empty one at each paragraph gap."""
    written: list[str] = []
    for place, line in enumerate(lines):
        if place and lines[place - 1][0].bottom - line[0].bottom > usual * _PARAGRAPH:
            written.append("")
        written.append(" ".join(" ".join(map(text_of, line)).split()))
    return [*written, ""] if written else []


def _lines(boxes: list[Box]) -> list[list[Box]]:
    """Boxes grouped into lines, top to bottom."""
    lines: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: -(box.top + box.bottom)):
        middle = (box.top + box.bottom) / 2
        if lines and lines[-1][0].bottom <= middle <= lines[-1][0].top:
            lines[-1].append(box)
        else:
            lines.append([box])
    return [sorted(line) for line in lines]


def _parts(line: list[Box]) -> list[Box]:
    """The boxes of a line, with those that almost touch merged (a word in bold is a box of its own)."""
    parts = line[:1]
    for box in line[1:]:
        last = parts[-1]
        if box.left - last.right < 1.5 * max(last.height, box.height):
            parts[-1] = Box(last.left, min(last.bottom, box.bottom), max(last.right, box.right), max(last.top, box.top))
        else:
            parts.append(box)
    return parts
