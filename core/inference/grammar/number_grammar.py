"""A number between two bounds as a grammar (GBNF), digit by digit."""

import math

from core.inference.grammar.limits import refused

_MOST = 10**16 - 1
"""The largest whole number to generate: 16 digits, as many as the rule `integer` allows."""
_FRACTION = '("." [0-9]{1,15})?'
_ZEROS = '("." "0"{1,15})?'


def number_grammar(schema: dict, kind: str) -> str:
    """The body of the rule for an `integer` or `number` with bounds. Raises InputError for bounds it cannot enforce."""
    low, high = _bounds(schema, kind)
    if low > high:
        raise refused("no number lies between its bounds")
    write = _whole if kind == "integer" else _with_fraction
    parts = [write(max(low, 0), high)] if high >= 0 else []
    if low < 0:
        parts.append(f'"-" ({write(max(-high, int(kind == "integer")), -low)})')
    return " | ".join(parts)


def _bounds(schema: dict, kind: str) -> tuple[int, int]:
    lows, highs = [-_MOST], [_MOST]
    for name, found, rounded, step in (
        ("minimum", lows, math.ceil, 0),
        ("maximum", highs, math.floor, 0),
        ("exclusiveMinimum", lows, math.floor, 1),
        ("exclusiveMaximum", highs, math.ceil, -1),
    ):
        bound = schema.get(name)
        if bound is None:
            continue
        if type(bound) not in (int, float) or bound != bound or bound in (math.inf, -math.inf):
            raise refused(f"{name!r} must be a number")
        if kind == "number" and (step or bound != rounded(bound)):
            raise refused(f"{name!r} {bound} is not supported for fractions; give a whole, inclusive bound")
        found.append(rounded(bound) + step)
    return max(lows), min(highs)


def _whole(low: int, high: int) -> str:
    """Whole numbers from `low` to `high`, neither negative."""
    lengths = range(len(str(low)), len(str(high)) + 1)
    parts = ((max(low, 10 ** (length - 1) if length > 1 else 0), min(high, 10**length - 1)) for length in lengths)
    return " | ".join(_digits(str(first), str(last)) for first, last in parts)


def _with_fraction(low: int, high: int) -> str:
    """Numbers from `low` to `high`, neither negative, with or without a fraction."""
    last = f'"{high}" {_ZEROS}'
    return f"({_whole(low, high - 1)}) {_FRACTION} | {last}" if low < high else last


def _digits(low: str, high: str) -> str:
    """Numbers between two bounds of equal length, written with as many digits (leading zeros included)."""
    if not low:
        return '""'
    rest = len(low) - 1
    first, last, parts = int(low[0]), int(high[0]), []
    if first == last and rest:
        return f'"{first}" ({_digits(low[1:], high[1:])})'
    if low[1:].strip("0"):
        parts.append(f'"{first}" ({_digits(low[1:], "9" * rest)})')
        first += 1
    if high[1:].strip("9"):
        parts.append(f'"{last}" ({_digits("0" * rest, high[1:])})')
        last -= 1
    if first <= last:
        parts.append(f"[{first}-{last}]" + (f" [0-9]{{{rest}}}" if rest else ""))
    return " | ".join(parts)
