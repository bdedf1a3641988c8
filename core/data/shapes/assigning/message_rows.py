"""Sources with one message per row: which columns hold the speaker, the message and the conversation id.

Rows that name the row they reply to need no conversation id; see `core.data.sources.trees`.
"""

from core.data.shapes.assigning.assistants import take_assistant
from core.data.shapes.assigning.fit import Fit
from core.data.shapes.columns.column import Column
from core.data.shapes.columns.table import Table
from core.data.shapes.conversation_columns import MESSAGE_ROLES
from core.errors import InputError
from core.examples.speakers import role_of

_NAMING = ("role", "name", "username", "display_name", "type")


def may_hold_messages(columns: list[str], head: list[dict], asked: dict[str, str]) -> bool:
    """Whether a source may have one message per row: by column names, the user's choice, or the speakers in it."""
    table = Table(columns, head, {})
    try:
        return all(asked.get(role) or _called(table, role) for role in MESSAGE_ROLES) or bool(table.conversation_id())
    except InputError:  # two columns share a name: `detect` reports it
        return False


def take_message_columns(fit: Fit) -> bool:
    """Assign the three roles where each row is one message, or where the user says so. Returns whether it is."""
    found = {role: column for role in MESSAGE_ROLES if (column := _column(fit, role))}
    is_chosen = any(role in fit.mapping for role in MESSAGE_ROLES)
    if len(found) < len(MESSAGE_ROLES) and not is_chosen:
        return False
    fit.mapping |= {role: column.name for role, column in found.items()}
    fit.need(*MESSAGE_ROLES)
    if not fit.missing:
        conversation, role, content = (repr(fit.mapping[name]) for name in MESSAGE_ROLES)
        fit.notes.append(
            f"each row is one message: column {role} says who speaks and {content} what is said; "
            f"rows with the same {conversation} form a conversation"
        )
        _take_order(fit)
        take_assistant(fit, found["role"])
    return True


def _take_order(fit: Fit) -> None:
    """Assign the column with the time or position of each message, if there is one."""
    called = [] if "order" in fit.mapping else fit.table.called("order")
    timed = [column for column in called if column.name not in fit.mapping.values() and not column.is_unseen]
    if timed:
        fit.mapping["order"] = timed[0].name
        fit.notes.append(f"in the order of {timed[0].name!r}")


def lone_speaker_column(table: Table) -> str | None:
    """The speaker column of a source of messages that has no conversation id."""
    speaking = [column for column in table.called("role") if _names_speakers(column) or column.names_speakers]
    speaking = speaking or ([table.speaker_column] if table.speaker_column else [])
    return speaking[0].name if len(speaking) == 1 and not table.called("conversation") else None


def message_columns(table: Table, asked: dict[str, str]) -> tuple[str, str] | None:
    """The columns or paths with the speaker and the message, where each row is one message; else None."""
    found = []
    for role in MESSAGE_ROLES[1:]:
        fitting = [column.name for column in table.called(role) if _HOLDS[role](column)]
        if role == "role" and table.speaker_column:
            fitting = [table.speaker_column.name]
        found += [asked[role]] if asked.get(role) else fitting if len(fitting) == 1 else []
    return (found[0], found[1]) if len(found) == len(MESSAGE_ROLES) - 1 else None


def _column(fit: Fit, role: str) -> Column | None:
    """The user's choice, else the only column named like the role that holds what it should."""
    if role in fit.table.asked:
        return fit.table.asked[role]
    called = [within for column in _called(fit.table, role) for within in _inside(fit.table, column, role)]
    free = [column for column in called if column.name not in fit.mapping.values() and _HOLDS[role](column)]
    found = free or _by_content(fit.table, role)
    return found[0] if len(found) == 1 else None


def _by_content(table: Table, role: str) -> list[Column]:
    """Without telling names: the speaker by known speaker names, the id they share, the only column of sentences."""
    speaker, conversation = table.speaker_column, table.conversation_id_by_content
    if not speaker or not conversation or role in table.refused:
        return []
    sentences = table.sentences({speaker.name, conversation.name})
    return {"role": [speaker], "conversation": [conversation], "content": sentences}[role]


def _inside(table: Table, column: Column, role: str) -> list[Column]:
    """The column itself or, where speakers are objects (`author`), the field that names them: a role, else a name."""
    if role != "role" or not column.values or not all(isinstance(value, dict) for value in column.values):
        return [column]
    inner = [Column(f"{column.name}.{name}", table.head) for name in _NAMING]
    return [one for one in inner if one.values][:1]


def _called(table: Table, role: str) -> list[Column]:
    """Columns named like the role; a plain `id` may be the conversation's."""
    found = table.called(role)
    return found or [column for column in table.all if role == "conversation" and column.plain == "id"]


def _holds_ids(column: Column) -> bool:
    return not column.holds_chats and len(set(map(str, column.values))) < len(column.values)


def _names_speakers(column: Column) -> bool:
    return bool(column.values) and all(role_of({"role": name}) for name in column.speakers)


def _may_name_speakers(column: Column) -> bool:
    """Known speaker names, or short names that repeat."""
    return _names_speakers(column) or column.holds_texts and column.words <= 4 and _holds_ids(column)


def _holds_texts(column: Column) -> bool:
    return column.holds_texts


_HOLDS = {"conversation": _holds_ids, "role": _may_name_speakers, "content": _holds_texts}
