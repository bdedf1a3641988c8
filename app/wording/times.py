"""How times and durations are written on every page."""

from datetime import UTC, datetime

from app.wording.numbers import number_text

_SPANS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def span_text(seconds: float | None) -> str:
    """A duration: 4.2 s, 3 min 05 s, 2 h 10 min. A dash for one below zero: the clock was set back in between."""
    if seconds is None or seconds < 0:
        return "–"
    if seconds < 60:
        return f"{number_text(float(seconds))} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def about_text(seconds: float) -> str:
    """An approximate duration: a few seconds, about 40 s, about 4 min, about 2 h 10 min."""
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
    """A duration between two limits: roughly between 40 s and 4 min."""
    low, high = about_text(least), about_text(most)
    return low if low == high else f"roughly between {low.removeprefix('about ')} and {high.removeprefix('about ')}"


def exact_time(at: datetime | None) -> str:
    """The exact time in UTC, for tooltips."""
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


def _in_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
