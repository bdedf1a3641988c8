"""The columns of a source: found by name, judged by what is in them."""

import re
from functools import cached_property

from core.data.shapes.messages import (
    UnreadableError,
    is_dialogue,
    is_transcript,
    looks_like_chat,
    read_messages,
    spoken,
)
from core.data.shapes.paths import first_column, opened, reader, well_formed
from core.data.shapes.roles import ABOUT, LABELS, TITLES, names_of, plain_name
from core.data.shapes.texts import judgement, text_of
from core.errors import InputError

_NAMES_SHOWN = 12
_WORDS_OF_A_SENTENCE, _WORDS_OF_A_DOCUMENT = 3, 5
_MANY_ASK = 0.3
_MARKS = frozenset({"score", "reward"})
"""Columns of these names judge only where they tell good from bad: they may hold any other figure."""
_QUESTION_MARKS = ("?", "？", "؟", ";")
_OF_OTHER_USE = frozenset(
    name for role in ("chosen", "rejected", "label", "system", "tools", "history", *LABELS) for name in names_of(role)
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.,+-]*Z?)?$")
_MAY_BE_TALK = frozenset({"data", "qa", "rounds", "exchanges", "pairs", "utterances"})
"""Columns of these names hold conversations where they hold lists of texts, or of questions with answers."""
_INNER_TEXTS = ("text", "value", "content", "answer", "body")


class Column:
    """One column, or one path into one, with the values of the first rows that are not empty."""

    def __init__(self, name: str, head: list[dict]):
        read = reader(name)
        self.name = name
        self.plain = plain_name(name)
        self.values = [value for value in map(read, head) if text_of(value) != ""]

    @property
    def is_unseen(self) -> bool:
        """Whether no row tells what it holds, so that only its name can."""
        return not self.values

    @cached_property
    def holds_chats(self) -> bool:
        is_called_so = self.plain in names_of("messages") or self.plain in _MAY_BE_TALK
        return _mostly(
            looks_like_chat(value) or is_transcript(value) or is_called_so and is_dialogue(value)
            for value in self.values
        )

    @cached_property
    def holds_answered_chats(self) -> bool:
        """Whether the assistant speaks in them too."""
        return self.holds_chats and _mostly("assistant" in _roles(value) for value in self.values)

    @cached_property
    def holds_open_chats(self) -> bool:
        """Whether they end with a question, to which something else is the answer."""
        return self.holds_chats and _mostly(_is_open(value) for value in self.values)

    @cached_property
    def holds_asked_chats(self) -> bool:
        """Whether the user speaks in them too."""
        return self.holds_chats and _mostly("user" in _roles(value) for value in self.values)

    @cached_property
    def holds_judgements(self) -> bool:
        judged = {judgement(value) for value in self.values}
        return bool(judged) and None not in judged and (self.plain not in _MARKS or len(judged) > 1)

    @property
    def is_title(self) -> bool:
        """Whether it stands above a text and does not ask for it."""
        return self.plain in TITLES and self.questions < _MANY_ASK

    @cached_property
    def holds_texts(self) -> bool:
        """Whether its cells are words: no numbers, dates, addresses of pages, lists or objects."""
        return _mostly(_is_words(value) for value in self.values)

    @cached_property
    def words(self) -> float:
        """Words a cell, on average; a character of a script without spaces counts as half a word."""
        texts = [value for value in self.values if isinstance(value, str)]
        counts = [max(len(text.split()), 0 if text.isascii() else len(text) // 12) for text in texts]
        return sum(counts) / max(1, len(counts))

    @cached_property
    def questions(self) -> float:
        """The share of cells that end with a question mark."""
        texts = [value.rstrip() for value in self.values if isinstance(value, str)]
        return sum(text.endswith(_QUESTION_MARKS) for text in texts) / max(1, len(texts))

    @property
    def path_to_text(self) -> str:
        """The name, or where the values are objects or lists of texts, the path to the first text in them."""
        return self.name + _path_inside(self.values[0] if self.values else None)


class Columns:
    """All columns of a source, with what the person said about them (`asked`: role to column or path)."""

    def __init__(self, names: list[str], head: list[dict], asked: dict[str, str]):
        self.names = names
        self._head = head
        self.all = [Column(name, head) for name in names]
        self._by_plain: dict[str, list[Column]] = {}
        for column in self.all:
            self._by_plain.setdefault(column.plain, []).append(column)
        self.refused = {role for role, path in asked.items() if not path.strip()}
        """Roles that the person said no column has."""
        self.asked = {role: self._asked(role, path) for role, path in asked.items() if role not in self.refused}

    def called(self, role: str) -> list[Column]:
        """Columns that are called like the role: by its own name alone if one is, otherwise by any alias."""
        if role in self.refused:
            return []
        own, *aliases = names_of(role)
        if own in self._by_plain:
            return [self.only(own)]
        found = [self.only(alias) for alias in dict.fromkeys(aliases) if alias in self._by_plain]
        return found or self._containing(names_of(role))

    def column(self, name: str) -> Column:
        """The column of exactly that name."""
        return next(column for column in self.all if column.name == name)

    def only(self, plain: str) -> Column:
        """The one column of that plain name. Raises InputError when there are several."""
        found = self._by_plain[plain]
        if len(found) > 1:
            raise InputError(f"{len(found)} columns are called {plain!r}.", "Give each column a name of its own.")
        return found[0]

    def spare(self, used: set[str]) -> list[Column]:
        """Columns not used yet that hold texts and whose name says nothing else of them."""
        return [
            column
            for column in self.all
            if column.name not in used
            and column.holds_texts
            and not _is_about(column.plain)
            and column.plain not in _OF_OTHER_USE
        ]

    def texts(self, used: set[str]) -> list[Column]:
        """Columns not used yet that hold texts of some words, whatever their names say."""
        return [
            column
            for column in self.all
            if column.name not in used and column.holds_texts and column.words >= _WORDS_OF_A_SENTENCE
        ]

    def inner_names(self) -> list[str]:
        """Paths to what stands in columns that hold objects, such as `data.question`."""
        first = [(column.name, opened(column.values[0])) for column in self.all if not column.is_unseen]
        return [f"{name}.{key}" for name, value in first if isinstance(value, dict) for key in value]

    def documents(self) -> list[Column]:
        """Columns of texts long enough to learn a language from."""
        long = [column for column in self.all if column.holds_texts and column.words >= _WORDS_OF_A_DOCUMENT]
        spare = self.spare(set())
        return [column for column in long if column in spare and not column.is_title] or [
            column for column in long if not column.is_title
        ]

    def answers(self) -> list[Column]:
        """Columns of which each may hold one of two answers to a question."""
        return [column for column in self.all if column.holds_chats or column.holds_texts]

    def chats(self) -> list[Column]:
        """Columns that hold conversations, whatever they are called."""
        return [column for column in self.all if column.holds_chats]

    def _containing(self, names: tuple[str, ...]) -> list[Column]:
        """Columns with one of the names as a word of theirs (`Your question`)."""
        return [column for column in self.all if set(column.plain.split()) & set(names) and not _is_about(column.plain)]

    def _asked(self, role: str, path: str) -> Column:
        plain = plain_name(path)
        if path in self.names:
            if self.names.count(path) > 1:
                return self.only(plain)
            return self.column(path)
        if plain in self._by_plain and not set(".[") & set(path):
            return self.only(plain)
        if first_column(path) not in self.names or not well_formed(path):
            raise InputError(
                f"There is no column {path!r} to use as {role}. The columns are: {listed(self.names)}.",
                "Map it to one of those columns, or to a path into one, such as meta.answers[0].text.",
            )
        column = Column(path, self._head)
        if self._head and column.is_unseen:
            whole = first_column(path)
            raise InputError(
                f"No row has anything at {path!r} to use as {role}.",
                f"Look at what the column {whole!r} holds: {str(self._head[0].get(whole))[:200]}",
            )
        return column


def listed(names: list[str]) -> str:
    """Names of columns for a message: quoted, the first of them if there are many."""
    shown = [repr(name if len(name) <= 40 else name[:37] + "…") for name in names[:_NAMES_SHOWN]]
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(shown) + more if shown else "none"


def _is_about(plain: str) -> bool:
    """Whether a column of that name says something about a text (`answer_model`; but `model_answer` is one)."""
    words = plain.split()
    return bool(set(words) & ABOUT - {"model"}) or words[-1:] == ["model"]


def _mostly(judged) -> bool:
    judged = list(judged)
    return bool(judged) and sum(judged) * 2 > len(judged)


def _roles(value: object) -> set[str]:
    try:
        return {message["role"] for message in read_messages(value)}
    except UnreadableError:
        return set()


def _is_open(value: object) -> bool:
    try:
        *_, last = read_messages(value)
    except (UnreadableError, ValueError):
        return False
    return last["role"] in ("user", "tool") or not spoken(last)


def _is_words(value: object) -> bool:
    if not isinstance(value, str) or not any(map(str.isalpha, value)):
        return False
    if isinstance(opened(value), (list, dict)) or _MOMENT.match(value):
        return False
    return " " in value.strip() or not value.startswith(("http://", "https://", "/"))


def _path_inside(value: object) -> str:
    value = opened(value)
    if isinstance(value, list) and value:
        return "[0]" + _path_inside(value[0])
    if isinstance(value, dict):
        name = next((name for name in _INNER_TEXTS if name in value), None)
        return f".{name}{_path_inside(value[name])}" if name else ""
    return ""


def as_text(column: Column) -> str:
    """How a column of texts is named in a mapping: by a path to its text where it holds objects or lists."""
    if column.is_unseen or column.holds_chats or text_of(column.values[0]) is not None and column.holds_texts:
        return column.name
    return column.path_to_text
