"""Cuts out the part of a text around a change, so that a report can show it."""

_CONTEXT = 60
"""Characters shown on each side of what changed."""


def around_change(before: str, after: str) -> tuple[str, str]:
    """The parts of two texts around their difference."""
    start, old_end, new_end = _difference(before, after)
    start = max(0, start - _CONTEXT)
    return before[start : old_end + _CONTEXT], after[start : new_end + _CONTEXT]


def _difference(before: str, after: str) -> tuple[int, int, int]:
    """Where two texts begin to differ, and where their common suffix begins in each."""
    start = _common_prefix(before, after)
    same = _common_prefix(before[start:][::-1], after[start:][::-1])
    return start, len(before) - same, len(after) - same


def _common_prefix(one: str, other: str) -> int:
    """The length of the common prefix of two texts."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
