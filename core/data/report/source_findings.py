"""Findings about a source: what of it is not used or could not be read, and what was made of the rest."""

from collections.abc import Iterable
from typing import Literal

from core.data.cleaning import Fate
from core.data.report.finding import MANY, Finding, counted
from core.data.screening.tally import Tally
from core.data.shapes.caveats import Caveat
from core.data.shapes.unused import is_weighty, unused_in_words
from core.examples.drops import Drop

_ANSWERS_SHOWN = 2
_UNREADABLE = (
    Drop.NOT_JSON, Drop.NOT_AN_OBJECT, Drop.BROKEN_QUOTES, Drop.TOO_MANY_CELLS, Drop.NOT_TEXT, Drop.NOT_A_CHAT,
    Drop.UNKNOWN_ROLE, Drop.NO_ANSWER_TURN, Drop.NO_USER_TURN, Drop.DIFFERENT_PROMPTS, Drop.SAME_ANSWERS,
    Drop.NO_WINNER, Drop.BAD_TOOLS, Drop.NO_LABEL, Drop.MEDIA, Drop.NO_WEIGHT, Drop.OTHER_FORM,
)  # fmt: skip
_EMPTY = (Drop.NO_INSTRUCTION, Drop.NO_OUTPUT, Drop.NO_WORDS)
_LENGTHS = (Drop.TOO_SHORT, Drop.TOO_LONG, Drop.REPEATED)
_SHORT_ADVICE = ". To keep short texts, as those with labels often are, allow fewer words."
_COPIES = (Drop.DUPLICATE, Drop.NEAR_DUPLICATE)
"""Told by core/data/report/findings.py, with what is still there of them."""
_WISHED = tuple(reason for reason in Drop if reason not in (*_UNREADABLE, *_EMPTY, *_LENGTHS, *_COPIES))
"""What is left out only where a person asked for it."""


def of_source(tally: Tally, unused: list[str]) -> Iterable[Finding]:
    """What is worth knowing about the rows that were read."""
    yield from _unused(unused)
    yield from _dropped(tally, "unreadable", _UNREADABLE, "left out that could not be read")
    yield from _dropped(tally, "nulls", _EMPTY, "left out for want of a question or an answer")
    what = "left out for their length, or for repeating the question"
    yield from _dropped(
        tally, "lengths", _LENGTHS, what, _SHORT_ADVICE if Drop.TOO_SHORT in tally.drop_counts() else ""
    )
    yield from _dropped(tally, "wished", _WISHED, "left out as asked", always="info")
    yield from _remarks(tally)
    yield from _cleaned_answers(tally)


def _unused(unused: list[str]) -> Iterable[Finding]:
    if unused:
        weighty = [path for path in unused if is_weighty(path)]
        words = unused_in_words(unused)
        why = f"{words[:1].upper()}{words[1:]}. Map a column to a role to use it."
        if weighty:
            why += f" Check {', '.join(map(repr, weighty))}: without it the examples may mean something else."
        what = f"{len(unused)} columns or fields are" if len(unused) > 1 else "One column or field is"
        yield Finding("unused", "warning" if weighty else "info", f"{what} not used", why, len(unused))


def _dropped(
    tally: Tally,
    kind: str,
    reasons: Iterable[Drop],
    what: str,
    advice: str = "",
    always: Literal["info"] | None = None,
) -> Iterable[Finding]:
    """Rows of the source that were left out for one of some reasons, each counted, with the numbers of the first.

    Where they are many it is a warning, unless it is `always` told otherwise.
    """
    counts = {reason: number for reason in reasons if (number := tally.drop_counts().get(reason))}
    count = sum(counts.values())
    if count:
        severity = always or ("warning" if count > MANY * tally.read else "info")
        why = ", ".join(f"{reason} in {number:,} row{'s' * (number > 1)}" for reason, number in counts.items())
        rows = sorted(row for reason in counts for row in tally.rows_dropped(reason))
        yield Finding(kind, severity, f"{counted(count)} {what}", why + advice, count, rows)


def _remarks(tally: Tally) -> Iterable[Finding]:
    """What was made of conversations that a person may not expect."""
    for remark, count, rows in tally.remarks():
        severity = "warning" if remark is Caveat.PART_WEIGHT else "info"
        title = f"{count:,} conversation{'s' * (count != 1)} {remark}"
        yield Finding(f"turns_{remark.name.lower()}", severity, title, remark.why, count, rows)


def _cleaned_answers(tally: Tally) -> Iterable[Finding]:
    """Answers that cleaning changed, or that it left with the HTML and the web addresses in them."""
    answers = tally.answers
    changed = {fate: answers.counts[fate] for fate in (Fate.EMPTIED, Fate.SHORTENED) if answers.counts[fate]}
    if changed:
        done = " and ".join(f"{fate} {count:,}" for fate, count in changed.items())
        shown = [sample for fate in changed for sample in answers.samples[fate][:_ANSWERS_SHOWN]]
        why = " ".join(f"Row {one['row']}: {one['before']!r} became {one['after']!r}." for one in shown)
        rows = sorted(row for fate in changed for row in answers.rows[fate])
        yield Finding(
            "cleaned_answers", "warning", f"Cleaning changed answers: {done}",
            f"{why} Leave answers as they are unless that is wanted.", sum(changed.values()), rows,
        )  # fmt: skip
    if left := answers.counts[Fate.LEFT]:
        one = answers.samples[Fate.LEFT][0]
        yield Finding(
            "links_in_answers", "info", f"{counted(left)} with HTML or web addresses in the answer",
            f"They are kept, as they may be what was asked for. Row {one['row']}: {one['before']!r}. To take them out, "
            "clean answers too.", left, answers.rows[Fate.LEFT],
        )  # fmt: skip
