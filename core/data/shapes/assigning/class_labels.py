"""Text classification: the class labels are the answers, whether words, numbers or lists of them."""

from core.data.shapes.assigning.fit import Fit
from core.data.shapes.columns.column import Column
from core.examples.roles import ABOUT, CLASSES

_WORDS_OF_A_SENTENCE = 3
_LOCATING = (ABOUT - {"rating", "score"}) | {
    "year", "jahr", "month", "monat", "page", "seite", "chapter", "kapitel", "line", "zeile", "verse", "vers", "volume",
    "band", "part", "teil", "nr", "no", "group", "fold", "cluster",
}  # fmt: skip
"""Words in the names of numeric columns that locate or date a text rather than classify it."""


def take_class_label(fit: Fit) -> None:
    """Where no column is named as an answer, make the class label of the only text the answer to it."""
    if "output" in fit.mapping or fit.table.called("output") or fit.table.conversation_id():
        return
    column = _class_column(fit)
    if column and column is fit.table.speaker_column:  # user and assistant are roles, not classes
        return
    texts = [one for one in _classifiable(fit) if column and one.name != column.name]
    texts = [one for one in texts if one.words >= _WORDS_OF_A_SENTENCE] if len(texts) > 1 else texts
    asking = [fit.mapping["instruction"]] if "instruction" in fit.mapping else [one.name for one in texts]
    if column and len(asking) == 1:
        if "instruction" not in fit.mapping:
            fit.take("instruction", texts[0], f"column {asking[0]!r} holds the texts")
        fit.take("output", column, f"column {column.name!r} their labels, which are the answers")


def _class_column(fit: Fit) -> Column | None:
    free = [column for column in fit.table.all if column.name not in fit.mapping.values()]
    named = [column for column in free if column.plain in CLASSES and column.may_be_class]
    in_words = [column for column in named if column.holds_texts]  # `label_text` beside a numeric `label`
    for found in (named, in_words):
        if len(found) == 1:
            return found[0]
    texts = [column for column in free if column.holds_texts and not column.is_constant]
    classes = [column for column in texts if column.is_class and not column.is_metadata]
    if not named and len(classes) == 1 and len(texts) == 2:
        return classes[0]
    return _numbered(fit, texts) if not named else None


def _numbered(fit: Fit, texts: list[Column]) -> Column | None:
    """The only column beside a single text, if it holds numbered labels; row ids and constants do not count."""
    others = [one for one in fit.table.all if one not in texts and not (one.is_all_different or one.is_constant)]
    is_class = len(texts) == len(others) == 1 and others[0].is_numbered_class
    return others[0] if is_class and not set(others[0].plain.split()) & _LOCATING else None


def _classifiable(fit: Fit) -> list[Column]:
    """Texts that can be classified: neither class labels themselves, nor titles, nor metadata."""
    return [
        column
        for column in fit.table.all
        if column.name not in fit.mapping.values() and column.holds_texts and not column.is_constant
        if not (column.is_class or column.is_title or column.is_metadata) or column.plain == "text"
    ]
