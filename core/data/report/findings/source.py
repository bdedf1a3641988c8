"""Findings about the source: columns that are not used, rows that were dropped, answers that cleaning changed."""

from collections.abc import Iterable
from typing import Literal

from core.data.cleaning import Fate
from core.data.report.findings.figures import counted, severity_of
from core.data.screening.tally import Tally
from core.data.shapes.caveats import Caveat
from core.data.shapes.unused import is_weighty, unused_in_words
from core.examples.drops import Drop
from core.specs.results.report import Finding

_ANSWERS_SHOWN = 2
_UNREADABLE = (
    Drop.NOT_JSON, Drop.NOT_AN_OBJECT, Drop.BROKEN_QUOTES, Drop.TOO_MANY_CELLS, Drop.NOT_TEXT, Drop.NOT_A_CHAT,
    Drop.UNKNOWN_ROLE, Drop.NO_ANSWER_TURN, Drop.NO_USER_TURN, Drop.DIFFERENT_PROMPTS, Drop.SAME_ANSWERS,
    Drop.NO_WINNER, Drop.BAD_TOOLS, Drop.NO_LABEL, Drop.MEDIA, Drop.NO_WEIGHT, Drop.OTHER_FORM,
)  # fmt: skip
_EMPTY = (Drop.NO_INSTRUCTION, Drop.NO_OUTPUT, Drop.NO_WORDS)
_LENGTHS = (Drop.TOO_SHORT, Drop.TOO_LONG, Drop.REPEATED)
_SHORT_ADVICE = ". To keep short texts, which are common in labelled data, allow fewer words."
_COPIES = (Drop.DUPLICATE, Drop.NEAR_DUPLICATE)
"""Covered by core/data/report/findings/overlap.py."""
_REQUESTED = tuple(reason for reason in Drop if reason not in (*_UNREADABLE, *_EMPTY, *_LENGTHS, *_COPIES))
"""Dropped only where a setting asks for it."""


def of_source(tally: Tally, unused: list[str]) -> Iterable[Finding]:
    """All findings about the rows that were read."""
    yield from _unused(unused)
    yield from _dropped(tally, "unreadable", _UNREADABLE, "dropped that could not be read")
    yield from _dropped(tally, "nulls", _EMPTY, "dropped without a question or an answer")
    advice = _SHORT_ADVICE if Drop.TOO_SHORT in tally.drop_counts() else ""
    yield from _dropped(tally, "lengths", _LENGTHS, "dropped for length, or for repeating the question", advice)
    yield from _dropped(tally, "wished", _REQUESTED, "dropped as requested", always="info")
    yield from _caveats(tally)
    yield from _cleaned_answers(tally)


def _unused(unused: list[str]) -> Iterable[Finding]:
    if unused:
        weighty = [path for path in unused if is_weighty(path)]
        words = unused_in_words(unused)
        why = f"{words[:1].upper()}{words[1:]}. Map a column to a role to use it."
        if weighty:
            why += f" Check {', '.join(map(repr, weighty))}: without it the examples may mean something different."
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
    """A finding about rows dropped for any of `reasons`, a warning if there are many. `always` fixes the severity."""
    counts = {reason: number for reason in reasons if (number := tally.drop_counts().get(reason))}
    count = sum(counts.values())
    if count:
        severity = always or severity_of(count, tally.read)
        why = ", ".join(f"{reason} in {number:,} row{'s' * (number > 1)}" for reason, number in counts.items())
        rows = sorted(row for reason in counts for row in tally.rows_dropped(reason))
        yield Finding(kind, severity, f"{counted(count)} {what}", why + advice, count, rows)


def _caveats(tally: Tally) -> Iterable[Finding]:
    """Unexpected changes to conversations."""
    for caveat, count, rows in tally.caveats():
        severity = "warning" if caveat is Caveat.PART_WEIGHT else "info"
        title = f"{count:,} conversation{'s' * (count != 1)} {caveat}"
        yield Finding(f"turns_{caveat.name.lower()}", severity, title, caveat.why, count, rows)


def _cleaned_answers(tally: Tally) -> Iterable[Finding]:
    """Answers that cleaning changed, or whose HTML and web addresses it left in place."""
    answers = tally.answers
    changed = {fate: answers.counts[fate] for fate in (Fate.EMPTIED, Fate.SHORTENED) if answers.counts[fate]}
    if changed:
        done = " and ".join(f"{fate} {count:,}" for fate, count in changed.items())
        shown = [sample for fate in changed for sample in answers.samples[fate][:_ANSWERS_SHOWN]]
        why = " ".join(f"Row {one['row']}: {one['before']!r} became {one['after']!r}." for one in shown)
        rows = sorted(row for fate in changed for row in answers.rows[fate])
        yield Finding(
            "cleaned_answers", "warning", f"Cleaning changed answers: {done}",
            f"{why} Switch off the cleaning of answers unless you want this.", sum(changed.values()), rows,
        )  # fmt: skip
    if left := answers.counts[Fate.LEFT]:
        one = answers.samples[Fate.LEFT][0]
        yield Finding(
            "links_in_answers", "info", f"{counted(left)} with HTML or web addresses in the answer",
            f"They stay, as they may be what was asked for. Row {one['row']}: {one['before']!r}. To remove them, clean "
            "answers too.", left, answers.rows[Fate.LEFT],
        )  # fmt: skip
