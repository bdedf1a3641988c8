"""The error where no shape fits a source: what is missing, and a mapping that could work."""

from core.data.shapes.assigning.fit import Fit
from core.data.shapes.assigning.pair_names import answer_pairs, better_and_other
from core.data.shapes.columns.table import Table, listed
from core.data.shapes.detected import MEANING
from core.data.shapes.suggestions import quoted, suggested_mapping, suggested_text
from core.errors import InputError
from core.examples.speakers import unknown_speakers
from core.shape import Shape

_NEEDED_COLUMNS = {
    Shape.PREFERENCE: "columns prompt, chosen and rejected",
    Shape.FEEDBACK: "columns prompt, output and label",
    Shape.CHAT: "a column messages",
    Shape.INSTRUCTION: "columns instruction, output and, if needed, input",
    Shape.TEXT: "a column text",
}


def no_match_error(table: Table, shape: Shape | None, fits: dict[Shape, Fit]) -> InputError:
    """The error that says what is missing for the chosen shape, else for questions and answers, and how to map it."""
    wanted = shape or (Shape.INSTRUCTION if Shape.INSTRUCTION in fits else next(iter(fits)))
    fit = fits[wanted]
    answers = [column.name for column in table.answer_candidates()]
    if shape is None and (pairs := answer_pairs(answers)):
        one, other = map(quoted, pairs[0])
        return InputError(
            f"Columns {pairs[0][0]!r} and {pairs[0][1]!r} each hold an answer, and no column says which is better.",
            f"Choose one: output={one}; or say which is better: chosen={one} rejected={other}",
        )
    if "output" in fit.missing and (two := better_and_other(answers)):
        better, other = map(quoted, two)
        return InputError(
            f"Columns {two[0]!r} and {two[1]!r} both hold answers.",
            f"Say which one to learn: output={better}; or that one is better: chosen={better} rejected={other}",
        )
    if shape is None and (shared := table.conversation_id()):
        return InputError(
            f"Rows share a {shared.name!r} like messages of a conversation, but no column says who speaks.",
            f"Choose the columns: conversation={quoted(shared.name)}, and one each for role (the speaker) and content. "
            "A speaker is user, assistant or a name.",
        )
    for column in table.all if shape in (None, Shape.CHAT) else ():
        if speakers := list(dict.fromkeys(name for value in column.values for name in unknown_speakers(value))):
            return InputError(
                f"Column {column.name!r} has conversations; it does not say which speaker answers: {listed(speakers)}.",
                "In the file, rename the speaker who answers to assistant and the other one to user.",
            )
    message = f"No column is called {' or '.join(map(repr, fit.missing))}. The columns are: {listed(table.names)}."
    if shape:
        message = f"This does not look like {MEANING[shape][0].lower()}{MEANING[shape][1:]}. {message}"
    maps = suggested_mapping(table, fit)
    if maps:
        mapping = " ".join(f"{role}={quoted(name)}" for role, name in maps.items())
        plain = suggested_text(table) if shape is None else ""
        return InputError(message, f"Choose the columns yourself, for example: {mapping}{plain}")
    if wanted is Shape.INSTRUCTION:
        message += " Each row needs at least a question and an answer."
    remedy = f"Use a file with {_NEEDED_COLUMNS[wanted]}."
    if len(table.names) - len(fit.mapping) >= len(fit.missing):
        remedy += f" Or choose the columns yourself: {' '.join(f'{role}=COLUMN' for role in fit.missing)}"
    return InputError(message, remedy)
