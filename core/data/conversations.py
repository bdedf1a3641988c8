"""Tables with one message in each row, put together as conversations while they are read."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from core.data.drops import Drop
from core.data.reading import unpacked
from core.data.reading.limits import ROW_BYTES
from core.data.rows import Row, Source
from core.data.shapes import detect
from core.data.shapes.message_rows import MESSAGES, TURN, may_hold_turns
from core.data.shapes.paths import first_column, reader
from core.data.shapes.texts import text_of
from core.errors import InputError
from core.jobs import Shape

_ROWS_LOOKED_AT = 100
_MOST_MESSAGES = 1_000
"""Of one conversation; more are no conversation to learn from, and would not fit into memory for ever."""
_WHAT_IS_DONE = "each row is one message; rows of one id that follow each other are read as one conversation"
_IDS_REMEMBERED, _IDS_NAMED = 1_000_000, 5


def in_conversations(source: Source, shape: Shape | None, asked: dict[str, str], kept: Iterable[str] = ()) -> Source:
    """`source` as it is or, where each of its rows is one message, the conversations that rows in a row make.

    A conversation has the number of its first row and the column `messages`; beside it stands what that row says in the
    columns that have a role, and in those to be `kept`. `shape` and `asked` are as `detect` takes them.
    """
    if not may_hold_turns(source.columns, asked):
        return source
    head, source = looked_at(source, _ROWS_LOOKED_AT)
    try:
        detected = detect(source.columns, head, shape, asked)
    except InputError:
        return source  # it is told where these columns are to be mapped
    mapping = detected.mapping
    if "conversation" not in mapping:
        return source
    beside = {first_column(path) for path in mapping.values()} | set(kept)
    source.facts["unused"] = [*source.facts.get("unused", ()), *(set(detected.unused) - beside)]
    columns = [column for column in source.columns if column in beside and column != MESSAGES]
    grouping = _Grouping(mapping, columns, source.facts)
    return replace(source, columns=[*columns, MESSAGES], rows=grouping.conversations(source.rows), packets=None)


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


class _Grouping:
    """Holds the messages of one conversation at a time, and a number for each conversation that was."""

    def __init__(self, mapping: dict[str, str], columns: list[str], facts: dict[str, object]):
        self._read = {role: reader(mapping[role]) for role in TURN}
        self._columns = columns
        self._facts = facts
        self._named = mapping["conversation"]
        self._known: set[int] = set()
        self._again: list[str] = []
        """The first few ids that came again after others."""
        self._count_again = 0

    def conversations(self, rows: Iterable[Row]) -> Iterator[Row]:
        """A row for each run of messages with one id; rows that cannot be read, or have no id, stand for themselves."""
        current, first, messages, size = None, None, [], 0
        self._note(_WHAT_IS_DONE)
        for row in rows:
            conversation = None if row.problem else text_of(self._read["conversation"](row.values))
            if not conversation:
                yield row if row.problem else Row(row.number, {}, Drop.NOT_A_CHAT)
                continue
            if conversation != current:
                if first:
                    yield self._whole(first, messages, size)
                current, first, messages, size = conversation, row, [], 0
                self._remember(conversation)
            message = {role: self._read[role](row.values) for role in ("role", "content")}
            size += len(str(message["content"]))
            if len(messages) <= _MOST_MESSAGES and size <= ROW_BYTES:
                messages.append(message)
        if first:
            yield self._whole(first, messages, size)
        self._note(_WHAT_IS_DONE)  # at its end the reader puts its own notes in the place of all
        if self._again:
            shown = ", ".join(self._again) + (", …" if self._count_again > len(self._again) else "")
            self._note(
                f"{self._count_again} conversations have an id that stood further up already ({shown}); "
                "sort the rows by it if they belong together"
            )

    def _whole(self, first: Row, messages: list[dict], size: int) -> Row:
        if len(messages) > _MOST_MESSAGES or size > ROW_BYTES:
            return Row(first.number, {}, Drop.TOO_LONG)
        beside = {column: first.values.get(column) for column in self._columns}
        return Row(first.number, beside | {MESSAGES: messages})

    def _remember(self, conversation: str) -> None:
        if (number := hash(conversation)) in self._known:
            self._count_again += 1
            if len(self._again) < _IDS_NAMED:
                self._again.append(conversation[:40])
        elif len(self._known) < _IDS_REMEMBERED:
            self._known.add(number)

    def _note(self, words: str) -> None:
        notes = [*self._facts.get("notes", []), f"{self._named}: {words}"]
        self._facts["notes"] = list(dict.fromkeys(notes))
