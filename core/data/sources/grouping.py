"""Groups messages by conversation id while rows are read, within a memory limit."""

from collections.abc import Iterable, Iterator

from core.data.reading.limits import ROW_BYTES
from core.data.rows import Row
from core.data.shapes import Detected
from core.data.shapes.conversation_columns import MESSAGE_ROLES, MESSAGES
from core.data.sources.ordering import in_order_of
from core.examples.drops import Drop
from core.examples.paths import reader
from core.examples.speakers import role_by_name, speaker_reader
from core.examples.texts import text_of

_MOST_MESSAGES = 1_000
"""In one conversation. Longer ones are of no use for training and would fill the memory."""
_BYTES_HELD = 96 << 20
"""Approximate size of all open conversations; beyond it, those idle for longest are closed."""
_BYTES_OF_A_MESSAGE = 500
"""Overhead besides the text."""
_IDS_NAMED = 5


class _Conversation:
    """The messages of one conversation read so far."""

    def __init__(self, first: Row):
        self.first = first
        self.messages: list[dict] = []
        self.moments: list[object] = []
        self.size = 0

    @property
    def is_too_long(self) -> bool:
        return len(self.messages) > _MOST_MESSAGES or self.size > ROW_BYTES


def _by_first_row(still_open: dict[str, _Conversation]) -> list[_Conversation]:
    return sorted(still_open.values(), key=lambda conversation: conversation.first.number)


class Grouping:
    """Collects conversations in memory until all rows are read, or until there are too many open at once."""

    def __init__(self, detected: Detected, columns: list[str], facts: dict[str, object]):
        mapping = detected.mapping
        self._read = {role: reader(mapping[role]) for role in (*MESSAGE_ROLES, "order") if role in mapping}
        self._read["role"] = speaker_reader(mapping["role"])
        self._assistant = detected.assistant
        self._columns = columns
        self._facts = facts
        self._named, self._order = mapping["conversation"], mapping.get("order")
        self._notes: list[str] = []
        self._reordered = self._unordered = 0
        self._split: dict[str, None] = {}
        """The ids of conversations that were closed before their last rows came."""

    def conversations(self, rows: Iterable[Row]) -> Iterator[Row]:
        """A row for each conversation; unreadable rows, and those without an id, are passed on with a reason."""
        still_open: dict[str, _Conversation] = {}
        closed: set[int] = set()
        size = 0
        for row in rows:
            key = None if row.problem else text_of(self._read["conversation"](row.values))
            if not key:
                yield row if row.problem else Row(row.number, {}, Drop.NOT_A_CHAT)
                continue
            conversation = still_open.pop(key, None)
            if conversation is None:
                if hash(key) in closed:
                    self._split[key[:40]] = None
                conversation = _Conversation(row)
            still_open[key] = conversation  # most recently extended last
            size += self._add(conversation, row.values)
            if size > _BYTES_HELD:
                ended = {name: still_open.pop(name) for name in list(still_open)[: max(1, len(still_open) // 2)]}
                closed |= set(map(hash, ended))
                size -= sum(conversation.size for conversation in ended.values())
                yield from map(self._finished, _by_first_row(ended))
        yield from map(self._finished, _by_first_row(still_open))
        self._add_notes()

    def _add(self, conversation: _Conversation, values: dict[str, object]) -> int:
        if conversation.is_too_long:
            return 0
        content = self._read["content"](values)
        conversation.messages.append({"role": self._role(self._read["role"](values)), "content": content})
        if self._order:
            conversation.moments.append(self._read["order"](values))
        size = len(str(content)) + _BYTES_OF_A_MESSAGE
        conversation.size += size
        return size

    def _role(self, name: object) -> object:
        """The role of a speaker: known names keep theirs, the detected assistant answers, anyone else is the user."""
        if not isinstance(name, str) or not name.strip() or name.strip() != self._assistant and role_by_name(name):
            return role_by_name(name) if isinstance(name, str) else name
        return "assistant" if name.strip() == self._assistant else "user"

    def _finished(self, conversation: _Conversation) -> Row:
        if conversation.is_too_long:
            return Row(conversation.first.number, {}, Drop.TOO_LONG)
        messages = conversation.messages
        if self._order:
            order = in_order_of(conversation.moments)
            if order is None:
                self._unordered += 1
            elif order != sorted(order):
                self._reordered += 1
                messages = [messages[place] for place in order]
        beside = {column: conversation.first.values.get(column) for column in self._columns}
        return Row(conversation.first.number, beside | {MESSAGES: messages})

    def _add_notes(self) -> None:
        """Add the notes last: when the reader ends, it replaces the notes with its own."""
        if self._reordered:
            self._notes.append(f"conversations sorted by {self._order!r}: {self._reordered:,}")
        if self._unordered:
            self._notes.append(
                f"conversations left in row order, because {self._order!r} could not be read as times or numbers: "
                f"{self._unordered:,}"
            )
        if self._split:
            shown = ", ".join(list(self._split)[:_IDS_NAMED]) + (", …" if len(self._split) > _IDS_NAMED else "")
            self._notes.append(
                f"conversations split because their rows are too far apart: {len(self._split):,} ({shown}); "
                f"sort the rows by {self._named!r} to avoid that"
            )
        self._facts["notes"] = list(dict.fromkeys([*self._facts.get("notes", []), *self._notes]))
