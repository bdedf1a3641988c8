"""How numbers, sizes, counts and scores are written on every page."""

from math import floor, isfinite, log10

from core.specs.results.evaluate import Score

_SIZES = (("GB", 1e9), ("MB", 1e6), ("KB", 1e3))
_SMALLEST_POWER = -4
"""Numbers below this power of ten are written with an exponent."""


def size_text(size_bytes: float | None) -> str:
    """A size in bytes with its unit, to three significant digits."""
    if size_bytes is None:
        return "–"
    for unit, factor in _SIZES:
        if size_bytes >= factor:
            return f"{size_bytes / factor:.3g} {unit}"
    return f"{size_bytes:.0f} B"


def number_text(value: float | None, digits: int = 2) -> str:
    """A number to `digits` significant digits with thousands separators; integers in full, a dash for None."""
    if value is None:
        return "–"
    if isinstance(value, int) or not isfinite(value):
        return f"{value:,}"
    power = floor(log10(abs(float(f"{value:.{digits - 1}e}")))) if value else digits - 1
    if power < _SMALLEST_POWER:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(0, digits - 1 - power)}f}"


def distinct_numbers(*values: float) -> list[str]:
    """Numbers to be compared, with as many digits (two to four) as make them differ."""
    for digits in (2, 3, 4):
        shown = [number_text(value, digits) for value in values]
        if len(set(shown)) == len(set(values)):
            break
    return shown


def setting_text(value: object) -> str:
    """A setting as a person would type it: 0.0001, 16, 1,024, cosine; several with commas, a dash for None."""
    if isinstance(value, (tuple, list)):
        return ", ".join(map(setting_text, value))
    if isinstance(value, float):
        return f"{value:.6g}"
    return "–" if value is None else f"{value:,}" if type(value) is int else str(value)


def plural(count: int, word: str) -> str:
    """A count with its noun: 1 row, 1,200 rows."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def splits_text(splits: dict[str, int]) -> str:
    """The size of a dataset by split: 100 examples: 80 train, 10 validation, 10 test."""
    shown = ", ".join(f"{count:,} {split}" for split, count in splits.items() if count)
    return f"{plural(sum(splits.values()), 'example')}{': ' if shown else ''}{shown}"


def interval_text(score: Score | None) -> str:
    """A score with its 95 % interval: `0.53 (0.49 to 0.57)`."""
    if not score:
        return "–"
    if score.low is None:
        return number_text(score.value)
    return f"{number_text(score.value)} ({number_text(score.low)} to {number_text(score.high)})"
