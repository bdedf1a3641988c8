"""How numbers, sizes, spans of time and long names are written on every page."""

import re
from datetime import UTC, datetime
from math import floor, isfinite, log10

_SIZES = (("GB", 1e9), ("MB", 1e6), ("KB", 1e3))
_MARKS = re.compile(r"(?P<joint>[:@]|(?<=www)\.|(?<=[-<>~])[-=>])|[\\`*_{}\[\]()<>#+\-.!|$~=&]", re.I)
_SMALLEST_POWER = -4
"""Of ten: smaller numbers are written with an exponent."""
_SPANS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def size_text(size_bytes: float | None) -> str:
    """A size in bytes with its unit, to the digits that mean something."""
    if size_bytes is None:
        return "–"
    for unit, factor in _SIZES:
        if size_bytes >= factor:
            return f"{size_bytes / factor:.3g} {unit}"
    return f"{size_bytes:.0f} B"


def span_text(seconds: float | None) -> str:
    """A length of time in seconds as a person says it: 4.2 s, 3 min 05 s, 2 h 10 min."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{number_text(float(seconds))} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def about_text(seconds: float) -> str:
    """A length of time that is only known roughly: a few seconds, about 40 s, about 4 min, about 2 h 10 min."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {round(seconds, -1):.0f} s"
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return f"about {minutes} min"
    hours, rest = divmod(round(minutes, -1), 60)
    return f"about {hours:.0f} h {rest:02.0f} min"


def between_text(least: float, most: float) -> str:
    """A length of time of which only the limits are known: roughly between 40 s and 4 min."""
    low, high = about_text(least), about_text(most)
    return low if low == high else f"roughly between {low.removeprefix('about ')} and {high.removeprefix('about ')}"


def exact_time(at: datetime | None) -> str:
    """The moment itself, in UTC, for a hover."""
    return "" if at is None else f"{_in_utc(at):%Y-%m-%d %H:%M:%S} UTC"


def ago_text(at: datetime | None, now: datetime | None = None) -> str:
    """How long ago `at` was, in words."""
    if at is None:
        return "–"
    seconds = ((now or datetime.now(UTC)) - _in_utc(at)).total_seconds()
    for length, word in _SPANS:
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {word}{'s' if count > 1 else ''} ago"
    return "just now" if seconds < 10 else f"{int(seconds)} seconds ago"


def number_text(value: float | None, digits: int = 2) -> str:
    """A number to `digits` significant digits, thousands separated, a dash for none. Counts stay whole."""
    if value is None:
        return "–"
    if isinstance(value, int) or not isfinite(value):
        return f"{value:,}"
    power = floor(log10(abs(float(f"{value:.{digits - 1}e}")))) if value else digits - 1
    if power < _SMALLEST_POWER:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(0, digits - 1 - power)}f}"


def told_apart(*values: float) -> list[str]:
    """Numbers that are compared, to as many digits as tell them apart, from two to four."""
    for digits in (2, 3, 4):
        told = [number_text(value, digits) for value in values]
        if len(set(told)) == len(set(values)):
            break
    return told


def plural(count: int, word: str) -> str:
    """A count with its word: 1 row, 1,200 rows."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def splits_text(splits: dict[str, int]) -> str:
    """How many examples a dataset has, and of which split: 100 examples: 80 train, 10 validation, 10 test."""
    told = ", ".join(f"{count:,} {split}" for split, count in splits.items() if count)
    return f"{plural(sum(splits.values()), 'example')}{': ' if told else ''}{told}"


def interval_text(score: dict | None) -> str:
    """A score with its 95 % interval: `0.53 (0.49 to 0.57)`."""
    if not score:
        return "–"
    if score.get("low") is None:
        return number_text(score["value"])
    return f"{number_text(score['value'])} ({number_text(score['low'])} to {number_text(score['high'])})"


def cut_middle(text: str, length: int = 40) -> str:
    """A long name with its middle cut, so that its beginning and its end can still be read."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[-(length - 1 - head) :]}"


def as_text(value: object) -> str:
    """Text of a dataset, a model or a file made safe to stand inside Markdown: nothing in it is markup, no address in
    it a link."""
    return _MARKS.sub(_escaped, str(value))


def _escaped(mark: re.Match) -> str:
    """The character escaped with a backslash; one that begins a link, an icon or an arrow in a span of its own too.

    Streamlit looks for those after it has read the backslashes.
    """
    return f":color[\\{mark[0]}]" if mark["joint"] else f"\\{mark[0]}"


def _in_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
