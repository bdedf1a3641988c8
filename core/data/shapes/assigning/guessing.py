"""Guesses which column asks and which answers by what they hold, where their names do not tell."""

from core.data.shapes.assigning.fit import Fit
from core.data.shapes.columns.column import Column
from core.examples.roles import CLASSES, LIKELY_ANSWERS

_CLEARLY_MORE = 0.3


def take_by_content(fit: Fit) -> None:
    """Assign what is missing of question and answer: the only other text, or two texts.

    Of two, the first is the question, unless only the second ends in question marks or the first holds class labels.
    With three or more, the user has to say.
    """
    if fit.table.conversation_id():  # its rows are messages
        return
    spare = fit.table.spare_texts(set(fit.mapping.values()))
    missing = [role for role in ("instruction", "output") if role not in fit.mapping]
    likely = [column for column in spare if column.plain in LIKELY_ANSWERS]
    if missing == ["output"] and len(likely) == 1 and len(spare) > 1 and not fit.table.called("output"):
        spare = likely
    if len(missing) == 1 and len(spare) == 1 and not fit.table.called(missing[0]) and _may_be(missing[0], spare[0]):
        fit.guess(missing[0], spare[0], f"column {spare[0].name!r}, the only other text, was taken as {missing[0]}")
    elif missing == ["instruction"] and not spare and not fit.mapping.get("input"):
        texts = fit.table.sentences(set(fit.mapping.values()))
        if len(texts) == 1:
            fit.guess(
                "instruction", texts[0], f"column {texts[0].name!r}, the only other text, was taken as instruction"
            )
    elif len(missing) == 2 and len(spare) == 2 and _is_text_and_title(*spare):
        fit.guess("instruction", spare[0], f"column {spare[0].name!r} was taken as instruction because it comes first")
        fit.guess("output", spare[1], f"its title {spare[1].name!r} as output")
    elif len(missing) == 2 and len(spare) == 2 and not fit.table.called("text") and not _has_class_column(fit):
        _take_pair(fit, *spare)


def take_what_is_asked_about(fit: Fit) -> None:
    """Where every row asks the same question, the only other text is what it asks about."""
    asking = [column for column in fit.table.all if column.name == fit.mapping.get("instruction")]
    spare = fit.table.spare_texts(set(fit.mapping.values()))
    is_free = "input" not in fit.mapping and "input" not in fit.table.refused
    if is_free and asking and asking[0].is_constant and len(spare) == 1:
        fit.guess("input", spare[0], f"column {spare[0].name!r} as input, because every row asks the same question")


def _take_pair(fit: Fit, first: Column, second: Column) -> None:
    if first.is_title or second.is_title:
        return
    question, answer, how = first, second, "it comes first"
    if second.questions - first.questions > _CLEARLY_MORE:
        question, answer, how = second, first, "its texts end with a question mark"
    elif first.questions - second.questions > _CLEARLY_MORE:
        how = "its texts end with a question mark"
    elif first.is_class and not second.is_class:
        question, answer, how = second, first, f"{first.name!r} holds a few short values that repeat, such as labels"
    fit.guess("instruction", question, f"column {question.name!r} was taken as instruction because {how}")
    fit.guess("output", answer, f"column {answer.name!r} as output")


def _is_text_and_title(first: Column, second: Column) -> bool:
    """Whether the second column is the title of the first: the task is to write it. A title before its text asks
    nothing, and a column called `text` is training text."""
    return second.is_title and first.plain != "text" and not first.is_title and first.words > second.words


def _has_class_column(fit: Fit) -> bool:
    """Whether a column classifies one of the texts, or the pair; only the user knows which."""
    return any(column.plain in CLASSES and column.may_be_class and column.differs for column in fit.table.all)


def _may_be(role: str, column: Column) -> bool:
    """Whether a column can play the role: a title asks nothing, and class labels are answers, never questions."""
    is_label = column.is_class or column.plain in CLASSES
    return not column.is_title and not (role == "instruction" and is_label)
