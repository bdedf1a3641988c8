"""Tables with one message in each row: which column says who speaks, which what, and which in what conversation."""

from itertools import pairwise
from typing import TYPE_CHECKING

from core.data.shapes.column import Column
from core.data.shapes.columns import Columns
from core.data.shapes.speakers import role_of
from core.errors import InputError

if TYPE_CHECKING:
    from core.data.shapes.fitting import Fit

TURN = ("conversation", "role", "content")
"""The roles of such a table, all of which it must have."""
MESSAGES = "messages"
"""The column that `core.data.conversations` puts them together in."""


def may_hold_turns(columns: list[str], asked: dict[str, str]) -> bool:
    """Whether, by the names of its columns and what the person said, a table may be one."""
    table = Columns(columns, [], {})
    try:
        return all(asked.get(role) or _called(table, role) for role in TURN)
    except InputError:  # several columns have one name, which is told where they are mapped
        return False


def take_turns(fit: "Fit") -> bool:
    """Give the three roles to their columns, where each row is one message or the person says so; whether it is."""
    found = {role: column for role in TURN if (column := _column(fit, role))}
    is_said = any(role in fit.mapping for role in TURN)
    if len(found) < len(TURN) and not is_said:
        return False
    fit.mapping |= {role: column.name for role, column in found.items()}
    fit.need(*TURN)
    if not fit.missing:
        conversation, role, content = (repr(fit.mapping[name]) for name in TURN)
        fit.told.append(
            f"each row is one message, of which column {role} says who speaks and {content} what is said; "
            f"rows of one {conversation} that follow each other make a conversation"
        )
    return True


def speaking_column(table: Columns) -> str | None:
    """The column that says who speaks, in a table of messages where nothing says which belong together."""
    speaking = [column for column in table.called("role") if _names_speakers(column)]
    return speaking[0].name if len(speaking) == 1 and not table.called("conversation") else None


def message_columns(table: Columns, asked: dict[str, str]) -> tuple[str, str] | None:
    """The columns, or paths, that say who speaks and what is said, where each row is one message."""
    found = []
    for role in TURN[1:]:
        fitting = [column.name for column in table.called(role) if _HOLDS[role](column)]
        found += [asked[role]] if asked.get(role) else fitting if len(fitting) == 1 else []
    return (found[0], found[1]) if len(found) == len(TURN) - 1 else None


def _column(fit: "Fit", role: str) -> Column | None:
    """What the person said, or else the only column that is called like the role and holds what it should."""
    if role in fit.table.asked:
        return fit.table.asked[role]
    found = [
        column
        for column in _called(fit.table, role)
        if column.name not in fit.mapping.values() and _HOLDS[role](column)
    ]
    return found[0] if len(found) == 1 else None


def _called(table: Columns, role: str) -> list[Column]:
    """Columns called like the role; a plain `id` may be that of a conversation."""
    found = table.called(role)
    return found or [column for column in table.all if role == "conversation" and column.plain == "id"]


def _comes_again(column: Column) -> bool:
    return not column.holds_chats and any(one == other for one, other in pairwise(column.values))


def _names_speakers(column: Column) -> bool:
    return bool(column.values) and all(role_of({"role": value}) for value in column.values)


def _holds_texts(column: Column) -> bool:
    return column.holds_texts


_HOLDS = {"conversation": _comes_again, "role": _names_speakers, "content": _holds_texts}
