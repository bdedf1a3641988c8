"""Tables with one message in each row: which column says who speaks, which what, and what belongs together.

Rows belong together by the id of their conversation, or each names the row that it replies to (see `threads`).
"""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from core.data.shapes.column import Column
from core.data.shapes.columns import Columns
from core.errors import InputError
from core.examples.paths import reader
from core.examples.speakers import role_by_name, role_of
from core.examples.texts import text_of

if TYPE_CHECKING:
    from core.data.shapes.fitting import Fit

TURN = ("conversation", "role", "content")
"""The roles of such a table, all of which it must have."""
ANSWERED_BY = "answered by "
"""Begins the names of columns in which another speaker than the one in MESSAGES is the assistant."""
MESSAGES = "messages"
"""The column that `core.data.sources.conversations` puts them together in."""
_NAMING = ("role", "name", "username", "display_name", "type")


def may_hold_turns(columns: list[str], head: list[dict], asked: dict[str, str]) -> bool:
    """Whether a table may be one: by the names of its columns, what the person said, or who speaks in its rows."""
    table = Columns(columns, head, {})
    try:
        return all(asked.get(role) or _called(table, role) for role in TURN) or bool(table.loose_messages())
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
            f"rows of one {conversation} make a conversation"
        )
        take_order(fit)
        take_assistant(fit, found["role"])
    return True


def take_order(fit: "Fit") -> None:
    """The column that says when each message was said or which it is, where there is one."""
    called = [] if "order" in fit.mapping else fit.table.called("order")
    timed = [column for column in called if column.name not in fit.mapping.values() and not column.is_unseen]
    if timed:
        fit.mapping["order"] = timed[0].name
        fit.told.append(f"in the order of {timed[0].name!r}")


def take_assistant(fit: "Fit", role: Column) -> None:
    """Where speakers have names of their own: who of them answers, by what the person says or else by what they do."""
    unknown = [name for name in dict.fromkeys(map(text_of, role.speakers)) if name and not role_by_name(name)]
    if not unknown:
        return
    read = [reader(fit.mapping[name]) for name in TURN]
    said = [tuple(text_of(cell(values)) or "" for cell in read) for values in fit.table.head]
    fit.assistant = fit.table.assistant or _who_answers(said)
    if fit.assistant is None:
        fit.told.append("all who are not known as the assistant are taken as the user")
    else:
        other = next((name for name in unknown if name != fit.assistant), unknown[0])
        fit.told.append(
            f"{fit.assistant!r} is taken as the assistant and all others as the user; "
            f'if another one answers: assistant="{other}"'
        )


def _who_answers(said: Iterable[tuple[str, str, str]]) -> str | None:
    """Of those whose name tells nothing the one who answers; None where others are known to.

    That is who speaks in most conversations, where only one does; else who answers most, and begins and asks least.
    """
    talks: dict[str, list[tuple[str, str]]] = {}
    for conversation, name, text in said:
        talks.setdefault(conversation, []).append((name, text))
    names = {name for talk in talks.values() for name, _ in talk if name}
    if any(role_by_name(name) == "assistant" for name in names):
        return None
    unknown = {name for name in names if not role_by_name(name)}
    present = Counter(name for talk in talks.values() for name in {name for name, _ in talk} & unknown)
    everywhere = [name for name, count in present.items() if count > 1 and count * 2 > len(talks)]
    if len(everywhere) == 1:
        return everywhere[0]
    score: Counter[str] = Counter(dict.fromkeys(sorted(everywhere or unknown), 0))
    for talk in talks.values():
        for place, (name, text) in enumerate(talk):
            if name in score:
                score[name] += (-1 if place == 0 else talk[place - 1][0] != name) - text.rstrip().endswith("?")
    return max(score, key=lambda name: score[name])


def speaking_column(table: Columns) -> str | None:
    """The column that says who speaks, in a table of messages where nothing says which belong together."""
    speaking = [column for column in table.called("role") if _names_speakers(column) or column.names_speakers]
    speaking = speaking or ([table.speaking] if table.speaking else [])
    return speaking[0].name if len(speaking) == 1 and not table.called("conversation") else None


def message_columns(table: Columns, asked: dict[str, str]) -> tuple[str, str] | None:
    """The columns, or paths, that say who speaks and what is said, where each row is one message."""
    found = []
    for role in TURN[1:]:
        fitting = [column.name for column in table.called(role) if _HOLDS[role](column)]
        if role == "role" and table.speaking:
            fitting = [table.speaking.name]
        found += [asked[role]] if asked.get(role) else fitting if len(fitting) == 1 else []
    return (found[0], found[1]) if len(found) == len(TURN) - 1 else None


def _column(fit: "Fit", role: str) -> Column | None:
    """What the person said, or else the only column that is called like the role and holds what it should."""
    if role in fit.table.asked:
        return fit.table.asked[role]
    called = [within for column in _called(fit.table, role) for within in _inside(fit.table, column, role)]
    free = [column for column in called if column.name not in fit.mapping.values() and _HOLDS[role](column)]
    found = free or _by_content(fit.table, role)
    return found[0] if len(found) == 1 else None


def _by_content(table: Columns, role: str) -> list[Column]:
    """Where no name tells: who speaks, by known names of both sides; what they share; the only sentences."""
    speaking, talks = table.speaking, table.talks
    if not speaking or not talks or role in table.refused:
        return []
    sentences = table.texts({speaking.name, talks.name})
    return {"role": [speaking], "conversation": [talks], "content": sentences}[role]


def _inside(table: Columns, column: Column, role: str) -> list[Column]:
    """The column, or of speakers that are objects (`author`) what in them names the speaker: a role, or else a name."""
    if role != "role" or not column.values or not all(isinstance(value, dict) for value in column.values):
        return [column]
    inner = [Column(f"{column.name}.{name}", table.head) for name in _NAMING]
    return [one for one in inner if one.values][:1]


def _called(table: Columns, role: str) -> list[Column]:
    """Columns called like the role; a plain `id` may be that of a conversation."""
    found = table.called(role)
    return found or [column for column in table.all if role == "conversation" and column.plain == "id"]


def _comes_again(column: Column) -> bool:
    return not column.holds_chats and len(set(map(str, column.values))) < len(column.values)


def _names_speakers(column: Column) -> bool:
    return bool(column.values) and all(role_of({"role": name}) for name in column.speakers)


def _may_name_speakers(column: Column) -> bool:
    """Names that tell who is the assistant, or some names that come again and again."""
    return _names_speakers(column) or column.holds_texts and column.words <= 4 and _comes_again(column)


def _holds_texts(column: Column) -> bool:
    return column.holds_texts


_HOLDS = {"conversation": _comes_again, "role": _may_name_speakers, "content": _holds_texts}
