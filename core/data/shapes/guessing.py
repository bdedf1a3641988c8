"""Questions and answers where names do not tell which is which: by what the columns hold, or asked of the person."""

from typing import TYPE_CHECKING

from core.data.shapes.column import Column
from core.examples.roles import CLASSES, LIKELY_ANSWERS

if TYPE_CHECKING:
    from core.data.shapes.fitting import Fit

_PLAINLY_MORE = 0.3


def take_by_content(fit: "Fit") -> None:
    """Of two columns of text the first asks, unless only the other one ends in question marks; or the only other one.

    Three free texts are too many: which of them asks is asked of the person.
    """
    if fit.table.loose_messages():  # its rows are no questions with answers
        return
    spare = fit.table.spare(set(fit.mapping.values()))
    missing = [role for role in ("instruction", "output") if role not in fit.mapping]
    likely = [column for column in spare if column.plain in LIKELY_ANSWERS]
    if missing == ["output"] and len(likely) == 1 and len(spare) > 1 and not fit.table.called("output"):
        spare = likely
    if len(missing) == 1 and len(spare) == 1 and not fit.table.called(missing[0]) and _may_be(missing[0], spare[0]):
        fit.guess(missing[0], spare[0], f"column {spare[0].name!r}, the only other text, was taken as {missing[0]}")
    elif missing == ["instruction"] and not spare and not fit.mapping.get("input"):
        texts = fit.table.texts(set(fit.mapping.values()))
        if len(texts) == 1:
            fit.guess(
                "instruction", texts[0], f"column {texts[0].name!r}, the only other text, was taken as instruction"
            )
    elif len(missing) == 2 and len(spare) == 2 and _is_headed(*spare):
        fit.guess("instruction", spare[0], f"column {spare[0].name!r} was taken as instruction because it stands first")
        fit.guess("output", spare[1], f"its title {spare[1].name!r} as output")
    elif len(missing) == 2 and len(spare) == 2 and not fit.table.called("text") and not _have_class(fit):
        _take_pair(fit, *spare)


def take_what_is_asked_about(fit: "Fit") -> None:
    """Where every row asks the same, the only other text is what it asks about."""
    asking = [column for column in fit.table.all if column.name == fit.mapping.get("instruction")]
    spare = fit.table.spare(set(fit.mapping.values()))
    is_free = "input" not in fit.mapping and "input" not in fit.table.refused
    if is_free and asking and asking[0].is_constant and len(spare) == 1:
        fit.guess("input", spare[0], f"column {spare[0].name!r} as input, as every row asks the same")


def _take_pair(fit: "Fit", first: Column, second: Column) -> None:
    if first.is_title or second.is_title:
        return
    question, answer, how = first, second, "it stands first"
    if second.questions - first.questions > _PLAINLY_MORE:
        question, answer, how = second, first, "its texts end with a question mark"
    elif first.questions - second.questions > _PLAINLY_MORE:
        how = "its texts end with a question mark"
    elif first.is_class and not second.is_class:
        question, answer, how = second, first, f"{first.name!r} holds few different short values, such as labels"
    fit.guess("instruction", question, f"column {question.name!r} was taken as instruction because {how}")
    fit.guess("output", answer, f"column {answer.name!r} as output")


def _is_headed(first: Column, second: Column) -> bool:
    """Whether a text comes before its title, as what the title is to be written for. A title above its text asks
    nothing, and a column that is plainly called text is one."""
    return second.is_title and first.plain != "text" and not first.is_title and first.words > second.words


def _have_class(fit: "Fit") -> bool:
    """Whether a column says what two texts are to each other, or what one of them is: which, the person says."""
    return any(column.plain in CLASSES and column.may_be_class and column.differs for column in fit.table.all)


def _may_be(role: str, column: Column) -> bool:
    """A title asks nothing, and few different short values are labels: an answer, never a question."""
    is_label = column.is_class or column.plain in CLASSES
    return not column.is_title and not (role == "instruction" and is_label)
