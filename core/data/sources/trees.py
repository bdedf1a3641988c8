"""Rows that name the row they follow (`parent_id`), put together as conversations while they are read.

Rows that are messages become one conversation a tree: its best-ranked answers, or the first where no rank tells. Rows
that are questions with answers keep their form: each that nothing follows has what came before it in `history`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from core.data.rows import Row, Source
from core.data.shapes import detect
from core.data.shapes.assigning.message_rows import message_columns
from core.data.shapes.columns.table import Table
from core.data.shapes.conversation_columns import MESSAGES
from core.data.shapes.parent_ids import own_and_parent, parent_among
from core.data.sources.conversations import looked_at
from core.errors import InputError
from core.examples.paths import reader
from core.examples.roles import plain_name
from core.examples.speakers import role_by_name, role_of, speaker_reader
from core.examples.texts import number_of, text_of
from core.specs import Shape

HISTORY = "history"
_NONE = frozenset({"0", "-1", "none", "null", "nan", "root", "-"})
"""What stands for the parent in a row that follows none."""
_ROWS_LOOKED_AT = 5_000
_FEW = 0.1
_MOST_ROWS = 2_000_000
_RANK, _DELETED = "rank", "deleted"


def in_trees(source: Source, shape: Shape | None, asked: dict[str, str], kept: Iterable[str] = ()) -> Source:
    """`source` as it is or, where its rows name their parents, the conversations that they make.

    `shape` and `asked` are as `detect` takes them: who asks for another shape than conversations gets the single rows.
    Columns to be `kept` stay beside a conversation as its first row has them.
    """
    if shape not in (None, Shape.CHAT) or not (parent := parent_among(source.columns)):
        return source
    head, source = looked_at(source, _ROWS_LOOKED_AT)
    called = own_and_parent(source.columns)
    others = [(own, parent) for own in source.columns if own != parent]
    names = next((pair for pair in ([called] if called else others) if _is_linked(head, *pair)), None)
    if not names:
        return source
    rest = [column for column in source.columns if column not in names]
    asked = {role: path for role, path in asked.items() if path not in (MESSAGES, HISTORY)}
    if said := message_columns(Table(rest, head, {}), asked):
        used = {*said, *(name for name in rest if plain_name(name) in (_RANK, _DELETED))} - {*asked.values(), *kept}
        kept_columns = [name for name in rest if name not in used]
        tree, columns = _Messages(names, said, kept_columns, source.facts), [*kept_columns, MESSAGES]
    elif roles := _question_columns(rest, head, asked):
        tree, columns = _Questions(names, roles, rest, source.facts), [*rest, HISTORY]
    else:
        return source
    return replace(source, columns=columns, rows=tree.conversations(source.rows), packets=None)


def _is_linked(head: list[dict], own: str, parent: str) -> bool:
    """Whether rows have ids of their own, and some of their parents are among them."""
    ids = [key for values in head if (key := _key(values.get(own)))]
    parents = [key for values in head if (key := _key(values.get(parent)))]
    known = sum(key in ids_known for key in parents) if (ids_known := set(ids)) else 0
    return len(ids_known) == len(ids) and known > len(parents) * _FEW


def _question_columns(columns: list[str], head: list[dict], asked: dict[str, str]) -> dict[str, str] | None:
    """The columns of question, input and answer, where rows are such."""
    if HISTORY in columns:
        return None
    try:
        detected = detect(columns, head, None, asked)
    except InputError:  # it is told where these columns are to be mapped
        return None
    return detected.mapping if detected.shape is Shape.INSTRUCTION else None


def _key(value: object) -> str:
    return (text_of(value) or "").strip()


class _Tree:
    """All rows of a source, by what they follow."""

    def __init__(self, names: tuple[str, str], columns: list[str], facts: dict[str, object]):
        self._own, self._parent = names
        self._columns = columns
        """What stands beside a conversation."""
        self._facts = facts
        self._rows: dict[str, Row] = {}
        self._following: dict[str, list[str]] = {}
        self._roots: list[str] = []

    def _read(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Take in all rows; those that cannot be read, or have no id of their own, come out again."""
        for row in rows:
            key = "" if row.problem else _key(row.values.get(self._own))
            if not key or key in self._rows:
                yield row
                continue
            if len(self._rows) >= _MOST_ROWS:
                raise InputError(
                    f"More than {_MOST_ROWS:,} rows follow others by {self._parent!r}: stopped at row {row.number}.",
                    "Give fewer rows, or ask for questions and answers, so that each is read for itself.",
                )
            self._rows[key] = row
        for key, row in self._rows.items():
            parent = _key(row.values.get(self._parent))
            if parent and (parent in self._rows or parent.lower() not in _NONE):
                self._following.setdefault(parent, []).append(key)
            else:
                self._roots.append(key)
        if not self._roots:  # the first of each tree follow what is no row, such as their thread
            self._roots = [key for parent, keys in self._following.items() if parent not in self._rows for key in keys]

    def _beside(self, key: str) -> dict[str, object]:
        return {column: self._rows[key].values.get(column) for column in self._columns}

    def _tell(self, words: str, counts: dict[str, int]) -> None:
        """Put into the notes, in the place of all at the end, what was done and what was left out."""
        told = [words, *(f"{what}: {count:,}" for what, count in counts.items() if count)]
        self._facts["notes"] = list(dict.fromkeys([*self._facts.get("notes", []), *told]))


class _Messages(_Tree):
    def __init__(self, names: tuple[str, str], said: tuple[str, str], columns: list[str], facts: dict[str, object]):
        super().__init__(names, columns, facts)
        self._role, self._content = speaker_reader(said[0]), reader(said[1])
        self._unknown = 0
        self._how = f"each row is one message; rows are put together by {names[1]!r}, with the best-ranked answers"

    def conversations(self, rows: Iterator[Row]) -> Iterator[Row]:
        self._tell(self._how, {})
        yield from self._read(rows)
        left_answers = left_turns = 0
        told: set[str] = set()
        for root in filter(self._is_kept, self._roots):
            messages, key = [], root
            while key:
                told.add(key)
                messages.append(self._message(key, root))
                following = [
                    other for other in self._following.get(key, ()) if other not in told and self._is_kept(other)
                ]
                key = min(following, key=self._rank, default="")
                others = [other for other in following if other != key]
                told.update(others)
                answers = sum(self._message(other, root)["role"] == "assistant" for other in others)
                left_answers, left_turns = left_answers + answers, left_turns + len(others) - answers
            yield Row(self._rows[root].number, {**self._beside(root), MESSAGES: messages})
        self._tell(self._how, {
            "answers ranked lower, or later where there is no rank, which are left out": left_answers,
            "other questions that follow the same answer, which are left out": left_turns,
            "messages that follow one which is left out or is not in the file": len(self._rows) - len(told),
            "messages of speakers whose names do not tell: who began is taken as the user, all others as the assistant":
                self._unknown,
        })  # fmt: skip

    def _message(self, key: str, root: str) -> dict:
        """A message of the tree that begins at `root`."""
        name, began = (text_of(self._role(self._rows[one].values)) or "" for one in (key, root))
        role = role_of({"role": name}) or role_by_name(name)
        if name and not role:
            self._unknown += 1
            role = "user" if name == began else "assistant"
        return {"role": role, "content": self._content(self._rows[key].values)}

    def _rank(self, key: str) -> float:
        rank = next((value for name, value in self._rows[key].values.items() if plain_name(name) == _RANK), None)
        found = number_of(rank)
        return float("inf") if found is None else found

    def _is_kept(self, key: str) -> bool:
        values = self._rows[key].values
        return not any(
            value is True or value == "True" for name, value in values.items() if plain_name(name) == _DELETED
        )


class _Questions(_Tree):
    def __init__(self, names: tuple[str, str], mapping: dict[str, str], columns: list[str], facts: dict[str, object]):
        super().__init__(names, columns, facts)
        self._read_role = {role: reader(path) for role, path in mapping.items()}
        self._how = (
            f"rows are put together by {names[1]!r}: what came before a question stands before it in one conversation"
        )

    def conversations(self, rows: Iterator[Row]) -> Iterator[Row]:
        self._tell(self._how, {})
        yield from self._read(rows)
        reached = 0
        stack: list[tuple[str, list[dict]]] = [(root, []) for root in reversed(self._roots)]
        while stack:
            key, before = stack.pop()
            reached += 1
            following = self._following.get(key, ())
            if not following:
                yield Row(self._rows[key].number, {**self._beside(key), HISTORY: before})
            here = [*before, *self._turns(key)]
            stack += [(other, here) for other in reversed(following)]
        self._tell(
            self._how,
            {"rows that follow one which is not in the file, which are left out": len(self._rows) - reached},
        )

    def _turns(self, key: str) -> list[dict]:
        values = self._rows[key].values
        told = {role: text_of(read(values)) or "" for role, read in self._read_role.items()}
        asked = "\n".join(filter(None, [told["instruction"], told.get("input")]))
        return [{"role": "user", "content": asked}, {"role": "assistant", "content": told["output"]}]
