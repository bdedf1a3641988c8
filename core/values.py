"""Limits on all incoming text and numbers: well-formed Unicode without NUL, 64-bit integers, finite floats.

Imports pydantic only.
"""

import math

from pydantic import BaseModel, ConfigDict

LONGEST_NAME = 4096
"""Characters of a name, an id or a path: Linux's limit for a path."""
LONGEST_TEXT = 1_000_000
"""Characters of one text, far beyond every model's context length."""
DEEPEST = 64
MOST_VALUES = 500_000
"""Values in one request, counting lists and their items: enough to name 100,000 rows in several changes."""
MOST_ITEMS, MOST_ROWS, MOST_FIELDS = 10_000, 100_000, 2_000
"""Items of one list, items of a list called `rows`, and fields of one object: each may need an error message."""
NAMES_AND_NUMBERS = ConfigDict(str_max_length=LONGEST_NAME, allow_inf_nan=False)
"""Pydantic settings for models whose texts are names; fields with longer text override it."""
STRICT = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), **NAMES_AND_NUMBERS)
"""The same for immutable models without extra fields."""


class UnfitError(ValueError):
    """A value beyond the limits; `place` is the path to it from the outermost object."""

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem
        self.place: list[str | int] = []

    def errors(self) -> list[dict]:
        """In the format of pydantic's errors."""
        return [{"type": "unfit", "loc": tuple(self.place), "msg": self.problem, "input": {}}]


def check(value: object, longest: int = LONGEST_TEXT) -> None:
    """Raises UnfitError for the first text or number in `value` beyond the limits, or if it is too deep or large."""
    _check(value, longest, DEEPEST, [MOST_VALUES])


def _check(value: object, longest: int, depth: int, left: list[int], most_items: int = MOST_ITEMS) -> None:
    left[0] -= 1
    if left[0] < 0:
        raise UnfitError(f"there are more than {MOST_VALUES:,} values")
    if isinstance(value, str):
        _check_text(value, longest)
    elif isinstance(value, int):
        if not -(1 << 63) <= value < 1 << 63:
            raise UnfitError("a whole number has at most 64 bits")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise UnfitError("a number must be finite")
    elif isinstance(value, (dict, list, tuple, BaseModel)):
        if not depth:
            raise UnfitError("it is nested too deeply")
        items = vars(value) if isinstance(value, BaseModel) else value
        if len(items) > (MOST_FIELDS if isinstance(items, dict) else most_items):
            raise UnfitError(f"it has {len(items):,} values, more than are allowed")
        for place, item in items.items() if isinstance(items, dict) else enumerate(items):
            try:
                if isinstance(items, dict):
                    _check(place, LONGEST_NAME, depth, left)
                _check(item, longest, depth - 1, left, MOST_ROWS if place == "rows" else MOST_ITEMS)
            except UnfitError as error:
                error.place.insert(0, place)
                raise


def _check_text(text: str, longest: int) -> None:
    if len(text) > longest:
        raise UnfitError(f"it has more than {longest:,} characters")
    if "\0" in text:
        raise UnfitError("it contains a NUL character")
    if not text.isascii() and mended(text) != text:
        raise UnfitError("it contains half a character (an unpaired surrogate)")


def mended(text: str) -> str:
    """`text` with U+FFFD instead of each unpaired surrogate (the escape `\\ud83d` without its other half)."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
