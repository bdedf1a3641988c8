"""Limits on every text and number that comes in: well-formed Unicode without NUL, 64-bit integers, finite floats.

Light: pydantic only.
"""

import math

from pydantic import BaseModel, ConfigDict

LONGEST_NAME = 4096
"""Characters of a name, an id or a path: as long as a path of Linux may be."""
LONGEST_TEXT = 1_000_000
"""Characters of one text; the context of every model ends long before."""
DEEPEST = 64
MOST_VALUES = 500_000
"""Values in one request, lists and their items counted alike: enough to name 100,000 rows in several changes."""
MOST_ITEMS, MOST_ROWS, MOST_FIELDS = 10_000, 100_000, 2_000
"""Values of one list, numbers of a list called `rows`, and fields of one object: each can be wrong, and told to be."""
NAMES_AND_NUMBERS = ConfigDict(str_max_length=LONGEST_NAME, allow_inf_nan=False)
"""The settings of a model whose texts are names; a field that holds longer text says so."""
STRICT = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), **NAMES_AND_NUMBERS)
"""The same for a model that is written once and has no other fields."""


class UnfitError(ValueError):
    """A value that nothing here can hold; `place` leads to it from the outermost."""

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem
        self.place: list[str | int] = []

    def errors(self) -> list[dict]:
        """As pydantic's errors tell it."""
        return [{"type": "unfit", "loc": tuple(self.place), "msg": self.problem, "input": {}}]


def check(value: object, longest: int = LONGEST_TEXT) -> None:
    """Raises UnfitError for the first text or number in `value` that is unfit, and for what is too deep or too much."""
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
            raise UnfitError(f"there are {len(items):,} values in it, more than are taken")
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
        raise UnfitError("it holds a NUL character")
    if not text.isascii() and mended(text) != text:
        raise UnfitError("it holds half a character (an unpaired surrogate)")


def mended(text: str) -> str:
    """`text` with U+FFFD in the place of each half of a character (the escape `\\ud83d` without its other half)."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
