"""Watches all rows for fields that the first rows, by which the mapping was chosen, did not have."""

from collections.abc import Iterable

from core.data.shapes.message_fields import READ_IN_MESSAGES, ROLES_OF_MESSAGES, unread_fields
from core.examples.messages import looks_like_chat


class NewFields:
    """Finds columns and message fields that the first rows did not have.

    Runs over every row, so rows without news cost almost nothing, and messages stored as JSON text are skipped.
    """

    def __init__(self, columns: Iterable[str], mapping: dict[str, str]):
        self._columns = frozenset(columns)
        self._chats = [path for role, path in mapping.items() if role in ROLES_OF_MESSAGES and path in self._columns]

    def unknown(self, rows: Iterable[dict]) -> set[str]:
        """The paths of new columns and fields that no role reads."""
        found: set[str] = set()
        for values in rows:
            if not self._columns.issuperset(values):
                found |= values.keys() - self._columns
            for column in self._chats:
                value = values.get(column)
                if isinstance(value, list) and not all(map(_is_plain_turn, value)) and looks_like_chat(value):
                    found |= {f"{column}[].{name}" for name in unread_fields(value)}
        return found


def _is_plain_turn(turn: object) -> bool:
    return not isinstance(turn, dict) or READ_IN_MESSAGES.issuperset(turn)
