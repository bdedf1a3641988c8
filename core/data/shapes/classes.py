"""Columns that put each text into a class: few distinct short values, in words, numbers or lists of them."""

from typing import TYPE_CHECKING

from core.data.shapes.column import Column
from core.examples.roles import ABOUT, CLASSES

if TYPE_CHECKING:
    from core.data.shapes.fitting import Fit

_WORDS_OF_A_SENTENCE = 3
_COUNTS = (ABOUT - {"rating", "score"}) | {
    "year", "jahr", "month", "monat", "page", "seite", "chapter", "kapitel", "line", "zeile", "verse", "vers", "volume",
    "band", "part", "teil", "nr", "no", "group", "fold", "cluster",
}  # fmt: skip
"""Words in the names of numbers that say where or when a text stands, and not what it is."""


def take_class(fit: "Fit") -> None:
    """Where nothing is called an answer: the column with the class of the only text beside it is the answer."""
    if "output" in fit.mapping or fit.table.called("output") or fit.table.loose_messages():
        return
    column = _class_column(fit)
    if column and column is fit.table.speaking:  # its texts are messages
        return
    texts = [one for one in _askable(fit) if column and one.name != column.name]
    texts = [one for one in texts if one.words >= _WORDS_OF_A_SENTENCE] if len(texts) > 1 else texts
    asking = [fit.mapping["instruction"]] if "instruction" in fit.mapping else [one.name for one in texts]
    if column and len(asking) == 1:
        if "instruction" not in fit.mapping:
            fit.take("instruction", texts[0], f"column {asking[0]!r} holds the texts")
        fit.take("output", column, f"column {column.name!r} their labels: those are the answers")


def _class_column(fit: "Fit") -> Column | None:
    free = [column for column in fit.table.all if column.name not in fit.mapping.values()]
    named = [column for column in free if column.plain in CLASSES and column.may_be_class]
    in_words = [column for column in named if column.holds_texts]  # `label_text` beside a `label` in figures
    for found in (named, in_words):
        if len(found) == 1:
            return found[0]
    texts = [column for column in free if column.holds_texts and not column.is_constant]
    classes = [column for column in texts if column.is_class and not column.says_about]
    if not named and len(classes) == 1 and len(texts) == 2:
        return classes[0]
    return _numbered(fit, texts) if not named else None


def _numbered(fit: "Fit", texts: list[Column]) -> Column | None:
    """Beside one text the only other column, of numbers of labels; one that counts or names the rows aside."""
    others = [one for one in fit.table.all if one not in texts and not (one.is_all_different or one.is_constant)]
    is_class = len(texts) == len(others) == 1 and others[0].is_numbered_class
    return others[0] if is_class and not set(others[0].plain.split()) & _COUNTS else None


def _askable(fit: "Fit") -> list[Column]:
    """The texts that a class may be of: those that are no class themselves and stand above no other text."""
    return [
        column
        for column in fit.table.all
        if column.name not in fit.mapping.values() and column.holds_texts and not column.is_constant
        if not (column.is_class or column.is_title or column.says_about) or column.plain == "text"
    ]
