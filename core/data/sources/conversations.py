"""Tables with one message in each row, put together as conversations while they are read."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from core.data.reading import unpacked
from core.data.reading.limits import ROW_BYTES
from core.data.rows import Row, Source
from core.data.shapes import Detected, detect
from core.data.shapes.assigning.message_rows import may_hold_messages
from core.data.shapes.conversation_columns import MESSAGE_ROLES, MESSAGES
from core.data.sources.ordering import in_order_of
from core.errors import InputError
from core.examples.drops import Drop
from core.examples.paths import first_column, reader
from core.examples.speakers import role_by_name, speaker_reader
from core.examples.texts import text_of
from core.specs import Shape

_ROWS_LOOKED_AT = 100
_MOST_MESSAGES = 1_000
"""Of one conversation; more are no conversation to learn from, and would not fit into memory for ever."""
_BYTES_HELD = 96 << 20
"""About what conversations that may still go on take; beyond it those that went on least lately are taken as whole."""
_BYTES_OF_A_MESSAGE = 500
"""Besides its text."""
_IDS_NAMED = 5


def in_conversations(source: Source, shape: Shape | None, asked: dict[str, str], kept: Iterable[str] = ()) -> Source:
    """`source` as it is or, where each of its rows is one message, the conversations that rows with one id make.

    A conversation has the number of its first row and the column `messages`; beside it stands what that row says in the
    columns that have a role, and in those to be `kept`. `shape` and `asked` are as `detect` takes them.
    """
    head, source = looked_at(source, _ROWS_LOOKED_AT)
    if not may_hold_messages(source.columns, head, asked):
        return source
    try:
        detected = detect(source.columns, head, shape, asked)
    except InputError:
        return source  # it is told where these columns are to be mapped
    if "conversation" not in detected.mapping:
        return source
    beside = {first_column(path) for path in detected.mapping.values()} | set(kept)
    detected = replace(detected, unused=tuple(path for path in detected.unused if path not in beside))
    columns = [column for column in source.columns if column in beside and column != MESSAGES]
    grouping = _Grouping(detected, columns, source.facts)
    rows = grouping.conversations(source.rows)
    return replace(source, columns=[*columns, MESSAGES], rows=rows, packets=None, detected=detected)


def looked_at(source: Source, rows: int) -> tuple[list[dict], Source]:
    """The values of the first so many rows, and the source with all of its rows still to come."""
    if source.packets is None:
        head = list(islice(source.rows, rows))
        source = replace(source, rows=chain(head, source.rows))
    else:
        packets, head = [], []
        while len(head) < rows and (packet := next(source.packets, None)):
            packets.append(packet)
            head += unpacked(packet)
        rest = chain(packets, source.packets)
        source = replace(source, packets=rest, rows=(row for packet in rest for row in unpacked(packet)))
    return [row.values for row in head if not row.problem], source


class _Talk:
    """The messages of one conversation, as far as they were read."""

    def __init__(self, first: Row):
        self.first = first
        self.messages: list[dict] = []
        self.moments: list[object] = []
        self.size = 0

    @property
    def is_too_long(self) -> bool:
        return len(self.messages) > _MOST_MESSAGES or self.size > ROW_BYTES


def _in_their_order(talks: dict[str, _Talk]) -> list[_Talk]:
    return sorted(talks.values(), key=lambda talk: talk.first.number)


class _Grouping:
    """Holds the conversations that may go on until all rows were read, or until there are too many of them."""

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
        self._parted: dict[str, None] = {}
        """The ids of conversations of which the beginning was given away before the rest was read."""

    def conversations(self, rows: Iterable[Row]) -> Iterator[Row]:
        """A row for each id; rows that cannot be read, or have no id, stand for themselves."""
        talks: dict[str, _Talk] = {}
        parted: set[int] = set()
        size = 0
        for row in rows:
            conversation = None if row.problem else text_of(self._read["conversation"](row.values))
            if not conversation:
                yield row if row.problem else Row(row.number, {}, Drop.NOT_A_CHAT)
                continue
            talk = talks.pop(conversation, None)
            if talk is None:
                if hash(conversation) in parted:
                    self._parted[conversation[:40]] = None
                talk = _Talk(row)
            talks[conversation] = talk  # behind those that went on less lately
            size += self._add(talk, row.values)
            if size > _BYTES_HELD:
                ended = {name: talks.pop(name) for name in list(talks)[: max(1, len(talks) // 2)]}
                parted |= set(map(hash, ended))
                size -= sum(talk.size for talk in ended.values())
                yield from map(self._whole, _in_their_order(ended))
        yield from map(self._whole, _in_their_order(talks))
        self._tell()

    def _add(self, talk: _Talk, values: dict[str, object]) -> int:
        if talk.is_too_long:
            return 0
        content = self._read["content"](values)
        talk.messages.append({"role": self._role(self._read["role"](values)), "content": content})
        if self._order:
            talk.moments.append(self._read["order"](values))
        size = len(str(content)) + _BYTES_OF_A_MESSAGE
        talk.size += size
        return size

    def _role(self, name: object) -> object:
        """A name that tells the role stays as it is; of others one is the assistant's and all else a user's."""
        if not isinstance(name, str) or not name.strip() or name.strip() != self._assistant and role_by_name(name):
            return role_by_name(name) if isinstance(name, str) else name
        return "assistant" if name.strip() == self._assistant else "user"

    def _whole(self, talk: _Talk) -> Row:
        if talk.is_too_long:
            return Row(talk.first.number, {}, Drop.TOO_LONG)
        messages = talk.messages
        if self._order:
            order = in_order_of(talk.moments)
            if order is None:
                self._unordered += 1
            elif order != sorted(order):
                self._reordered += 1
                messages = [messages[place] for place in order]
        beside = {column: talk.first.values.get(column) for column in self._columns}
        return Row(talk.first.number, beside | {MESSAGES: messages})

    def _tell(self) -> None:
        """Notes come last: at its end the reader puts its own in the place of all."""
        if self._reordered:
            self._notes.append(f"{self._reordered} conversations were put into the order of {self._order!r}")
        if self._unordered:
            self._notes.append(
                f"{self._unordered} conversations stay in the order of their rows: "
                f"what {self._order!r} says was not understood as moments or numbers"
            )
        if self._parted:
            shown = ", ".join(list(self._parted)[:_IDS_NAMED]) + (", …" if len(self._parted) > _IDS_NAMED else "")
            self._notes.append(
                f"{len(self._parted)} conversations lie too far apart to be read as one ({shown}); "
                f"sort the rows by {self._named!r}"
            )

        self._facts["notes"] = list(dict.fromkeys([*self._facts.get("notes", []), *self._notes]))
