"""One finder for each shape: which columns of a source play its roles, and which roles are missing."""

from collections.abc import Callable

from core.data.shapes.assigning.fit import Fit
from core.data.shapes.assigning.message_rows import lone_speaker_column, take_message_columns
from core.data.shapes.assigning.pairs import take_pair
from core.data.shapes.assigning.prompts import chat_column, take_answer, take_prompt, with_prompt_extras
from core.data.shapes.assigning.questions import take_question_and_answer
from core.data.shapes.assigning.ranked_lists import take_ranked_list
from core.data.shapes.columns.table import Table
from core.shape import Shape


def _preference(table: Table) -> Fit:
    fit = Fit(table)
    if not {"chosen", "rejected", "winner"} & (fit.mapping.keys() | table.refused):
        take_pair(fit)
        take_ranked_list(fit)
    for role in ("chosen", "rejected"):
        fit.take_named(role)
    fit.need("chosen", "rejected")
    if fit.missing or "messages" in fit.mapping or "instruction" in fit.mapping:
        return with_prompt_extras(fit)
    whole = [column for column in table.chats() if column.name == fit.mapping["chosen"]]
    if whole and whole[0].holds_chats_with_user:
        fit.notes.append("both hold the whole conversation, so the turns they share are the prompt")
        return with_prompt_extras(fit, prompt=False)
    take_prompt(fit)
    return with_prompt_extras(fit)


def _feedback(table: Table) -> Fit:
    fit = Fit(table)
    if "label" not in fit.mapping:
        rates = table.good_from is not None
        judging = [
            column
            for column in table.called("label")
            if column.is_unseen and not table.head or (column.scale if rates else column.holds_judgements)
        ]
        if len(judging) == 1:
            fit.take("label", judging[0], f"column {judging[0].name!r} says whether each answer is good")
    if "label" in fit.mapping and table.good_from is not None:
        fit.notes.append(f"ratings of {table.good_from:g} or more count as good")
    fit.need("label")
    if fit.missing:
        return fit
    take_prompt(fit)
    take_answer(fit)
    return with_prompt_extras(fit)


def _chat(table: Table) -> Fit:
    fit = Fit(table)
    history = table.called("history")
    if "messages" not in fit.mapping and ("history" in fit.mapping or len(history) == 1 and not history[0].is_unseen):
        if "history" not in fit.mapping:
            fit.take("history", history[0], f"column {history[0].name!r} holds the earlier turns")
        take_question_and_answer(fit)
        if not (fit.missing and history and history[0].holds_answered_chats):
            return with_prompt_extras(fit)
        fit = Fit(table)
    if "messages" not in fit.mapping and (found := chat_column(table)):
        what = "conversations written as text" if found.holds_transcripts else "lists of messages"
        fit.take("messages", found, f"column {found.name!r} holds {what}")
    if "messages" not in fit.mapping and take_message_columns(fit):
        return with_prompt_extras(fit, prompt=False)
    fit.need("messages")
    if not fit.missing:
        take_answer(fit)
    return with_prompt_extras(fit)


def _instruction(table: Table) -> Fit:
    fit = Fit(table)
    take_question_and_answer(fit)
    return with_prompt_extras(fit)


def _text(table: Table) -> Fit:
    fit = Fit(table)
    if not any(column.is_constant or column.holds_chats for column in table.called("text")):
        fit.take_named("text")
    if "text" not in fit.mapping:
        documents = table.documents()
        if len(documents) == 1:
            fit.is_doubtful = len([one for one in table.spare_texts(set()) if not one.is_title]) > 1 or (
                len(table.all) > 1 and documents[0] in [*table.called("instruction"), *table.called("output")]
            )
            fit.take("text", documents[0], f"column {documents[0].name!r} is the only one with texts")
    fit.is_doubtful |= bool(table.conversation_id())
    if speaking := lone_speaker_column(table):
        fit.notes.append(
            f"column {speaking!r} says who speaks, but no column says which messages belong together: "
            "add one such as conversation_id to read the rows as conversations"
        )
    fit.need("text")
    return fit


FINDERS: dict[Shape, Callable[[Table], Fit]] = {
    Shape.PREFERENCE: _preference,
    Shape.FEEDBACK: _feedback,
    Shape.CHAT: _chat,
    Shape.INSTRUCTION: _instruction,
    Shape.TEXT: _text,
}
"""Most specific shape first: the first that fits wins."""
