"""Suggests a mapping for an error message, from what columns hold and what their names hint at."""

from core.data.shapes.assigning.fit import Fit
from core.data.shapes.columns.column import Column
from core.data.shapes.columns.nested import nested_texts
from core.data.shapes.columns.table import Table
from core.examples.roles import CLASSES, LIKELY_ANSWERS, names_of

_WORDS_OF_A_TEXT, _FAR = 8, 3
_MAPPED_TO_TEXTS = ("instruction", "output", "text", "chosen", "rejected")


def suggested_mapping(table: Table, fit: Fit) -> dict[str, str]:
    """A column or path for each missing role; empty where any role has no candidate."""
    free = [column for column in nested_texts(table) if column.name not in fit.mapping.values()]
    found: dict[str, str] = {}
    for role in sorted(fit.missing, key=lambda role: role == "instruction"):  # answers are easier to recognize
        if role not in _MAPPED_TO_TEXTS or not (free := [column for column in free if _may_be(role, column)]):
            return {}
        best = max(free, key=lambda column: _likeness(role, column))
        found[role] = best.path_to_text
        free.remove(best)
    if "instruction" in found and len(free) == 1 and "input" not in fit.mapping and _may_be("input", free[0]):
        found["input"] = free[0].name
    return {role: found[role] for role in ("instruction", "input", *fit.missing) if role in found}


def _may_be(role: str, column: Column) -> bool:
    """Whether nothing speaks against a column in that role."""
    if role in ("chosen", "rejected"):
        return column.plain not in (*names_of("instruction"), *names_of("output"), *names_of("input"))
    if role == "input":
        return not column.is_class and not set(column.plain.split()) & {*names_of("output"), *names_of("instruction")}
    return not (role == "instruction" and (column.is_class or column.plain in CLASSES))


def _likeness(role: str, column: Column) -> tuple:
    """A sort key, best last; ties go to the first column, or the last as an answer."""
    called = bool({column.plain, column.inner_plain, *column.plain.split()} & set(names_of(role)))
    if role == "output":
        is_class = column.plain in CLASSES or column.is_class and column.place > 0
        likely = column.plain in LIKELY_ANSWERS
        return called, is_class, likely, -column.questions, -column.place if called else column.place
    return called, column.questions, -column.place


def suggested_text(table: Table) -> str:
    """A mapping to plain text where one column is far longer than all others, to be appended; else \"\"."""
    longest, *others = sorted(nested_texts(table), key=lambda column: -column.words)
    if others and longest.words >= _WORDS_OF_A_TEXT and longest.words > _FAR * others[0].words:
        return f"; or as plain text: text={quoted(longest.name)}"
    return ""


def quoted(name: str) -> str:
    """A column name as it is written in a mapping."""
    return f'"{name}"' if " " in name else name
