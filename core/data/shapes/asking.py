"""What a person is asked where no shape fits a source, with a mapping that makes sense or none at all."""

from typing import TYPE_CHECKING

from core.data.shapes.column import Column
from core.data.shapes.columns import Columns, listed
from core.data.shapes.versus import rivals, surpassed
from core.errors import InputError
from core.examples.roles import CLASSES, LIKELY_ANSWERS, names_of
from core.examples.speakers import unknown_speakers
from core.specs import Shape

if TYPE_CHECKING:
    from core.data.shapes.fitting import Fit

MEANING = {
    Shape.PREFERENCE: "Pairs of a better and a worse answer",
    Shape.FEEDBACK: "Answers judged good or bad",
    Shape.CHAT: "Conversations",
    Shape.INSTRUCTION: "Questions with their answers",
    Shape.TEXT: "Plain text",
}
_NEEDED_COLUMNS = {
    Shape.PREFERENCE: "columns prompt, chosen and rejected",
    Shape.FEEDBACK: "columns prompt, output and label",
    Shape.CHAT: "a column messages",
    Shape.INSTRUCTION: "columns instruction, output and, if needed, input",
    Shape.TEXT: "a column text",
}
_WORDS_OF_A_TEXT, _FAR = 8, 3
_MAPPED_TO_TEXTS = ("instruction", "output", "text", "chosen", "rejected")


def nothing_fits(table: Columns, shape: Shape | None, fits: "dict[Shape, Fit]") -> InputError:
    """Says what is missing for the shape asked for, else for questions and answers, and how to map it."""
    wanted = shape or (Shape.INSTRUCTION if Shape.INSTRUCTION in fits else next(iter(fits)))
    fit = fits[wanted]
    if shape is None and (two := rivals([column.name for column in table.answers()])):
        one, other = map(_quoted, two[0])
        return InputError(
            f"Columns {two[0][0]!r} and {two[0][1]!r} hold two answers, and none says which is the better one.",
            f"Take one: output={one}; or say which is better: chosen={one} rejected={other}",
        )
    if two := surpassed([column.name for column in table.answers()]) if "output" in fit.missing else None:
        better, other = map(_quoted, two)
        return InputError(
            f"Columns {two[0]!r} and {two[1]!r} both hold answers.",
            f"Say which is to be learned: output={better}; "
            f"or that one is better than the other: chosen={better} rejected={other}",
        )
    if shape is None and (shared := table.loose_messages()):
        return InputError(
            f"Several rows share one {shared.name!r}, as messages of a conversation do, and no column says who speaks.",
            f"Say which column is which: conversation={_quoted(shared.name)}, and which are role and content. "
            "A role is user or assistant, or a name.",
        )
    for column in table.all if shape in (None, Shape.CHAT) else ():
        if speakers := list(dict.fromkeys(name for value in column.values for name in unknown_speakers(value))):
            return InputError(
                f"Column {column.name!r} holds conversations, and nothing says which of the speakers answers: "
                f"{listed(speakers)}.",
                "Call the one who answers assistant in the file, and the other one user.",
            )
    message = f"No column is called {' or '.join(map(repr, fit.missing))}. The columns are: {listed(table.names)}."
    if shape:
        message = f"These are no {MEANING[shape][0].lower()}{MEANING[shape][1:]}. {message}"
    maps = _likely(table, fit)
    if maps:
        told = " ".join(f"{role}={_quoted(name)}" for role, name in maps.items())
        plain = _as_text(table) if shape is None else ""
        return InputError(message, f"Name the columns yourself, for example: {told}{plain}")
    if wanted is Shape.INSTRUCTION:
        message += " Each row needs at least a question and an answer."
    remedy = f"Give a file with {_NEEDED_COLUMNS[wanted]}."
    if len(table.names) - len(fit.mapping) >= len(fit.missing):
        remedy += f" Or say which columns these are: {_form(fit)}"
    return InputError(message, remedy)


def _as_text(table: Columns) -> str:
    """Where one column holds texts far longer than all others: that they may be what is to be learned, alone."""
    longest, *others = sorted(table.texts_within(), key=lambda column: -column.words)
    if others and longest.words >= _WORDS_OF_A_TEXT and longest.words > _FAR * others[0].words:
        return f"; or as plain text: text={_quoted(longest.name)}"
    return ""


def _likely(table: Columns, fit: "Fit") -> dict[str, str]:
    """A column or path for each missing role that may well play it; nothing where one has none."""
    free = [column for column in table.texts_within() if column.name not in fit.mapping.values()]
    found: dict[str, str] = {}
    for role in sorted(fit.missing, key=lambda role: role == "instruction"):  # what answers is told apart more easily
        if role not in _MAPPED_TO_TEXTS or not (free := [column for column in free if _may_be(role, column)]):
            return {}
        best = max(free, key=lambda column: _likeness(role, column))
        found[role] = best.path_to_text
        free.remove(best)
    if "instruction" in found and len(free) == 1 and "input" not in fit.mapping and _may_be("input", free[0]):
        found["input"] = free[0].name
    return {role: found[role] for role in ("instruction", "input", *fit.missing) if role in found}


def _may_be(role: str, column: Column) -> bool:
    if role in ("chosen", "rejected"):
        return column.plain not in (*names_of("instruction"), *names_of("output"), *names_of("input"))
    if role == "input":
        return not column.is_class and not set(column.plain.split()) & {*names_of("output"), *names_of("instruction")}
    return not (role == "instruction" and (column.is_class or column.plain in CLASSES))


def _likeness(role: str, column: Column) -> tuple:
    """How well a column fits a role; of two that fit as well the first is taken, as an answer the last."""
    called = bool({column.plain, column.inner_plain, *column.plain.split()} & set(names_of(role)))
    if role == "output":
        is_class = column.plain in CLASSES or column.is_class and column.place > 0
        likely = column.plain in LIKELY_ANSWERS
        return called, is_class, likely, -column.questions, -column.place if called else column.place
    return called, column.questions, -column.place


def _form(fit: "Fit") -> str:
    return " ".join(f"{role}=COLUMN" for role in fit.missing)


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
