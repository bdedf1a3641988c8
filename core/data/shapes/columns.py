"""The columns of a source: found by name, or by what they hold."""

from functools import cached_property

from core.data.shapes.column import WORDS_OF_A_DOCUMENT, Column, is_about
from core.errors import InputError
from core.examples.paths import first_column, opened, well_formed
from core.examples.roles import CLASSES, LABELS, names_of, plain_name
from core.examples.speakers import role_by_name, speaker_reader

_NAMES_SHOWN = 12
_WORDS_OF_A_SENTENCE = 3
_OF_OTHER_USE = frozenset(
    name for role in ("chosen", "rejected", "label", "system", "tools", "history", *LABELS) for name in names_of(role)
)
_ROWS_LOOKED_INTO = 20


class Columns:
    """All columns of a source, with what the person said about them (`asked`: role to column or path)."""

    def __init__(
        self,
        names: list[str],
        head: list[dict],
        asked: dict[str, str],
        good_from: float | None = None,
        assistant: str | None = None,
    ):
        self.names = names
        self.assistant = assistant
        """Who of the speakers answers, by name."""
        self.good_from = good_from
        """Of answers rated on a scale, the rating from which on one is good."""
        self.head = head
        self.all = [Column(name, head) for name in names]
        self._by_plain: dict[str, list[Column]] = {}
        for column in self.all:
            self._by_plain.setdefault(column.plain, []).append(column)
        self.refused = {role for role, path in asked.items() if not path.strip()}
        """Roles that the person said no column has."""
        self.asked = {role: self._asked(role, path) for role, path in asked.items() if role not in self.refused}
        varies = any(column.differs for column in self.all)
        for column in self.all:
            column.is_constant = varies and len(column.values) > 1 and not column.differs

    def called(self, role: str) -> list[Column]:
        """Columns that are called like the role: by its own name alone if one is, otherwise by any alias."""
        if role in self.refused:
            return []
        own, *aliases = names_of(role)
        if own in self._by_plain:
            return [self.only(own)]
        found = [self.only(alias) for alias in dict.fromkeys(aliases) if alias in self._by_plain]
        return found or self._containing(names_of(role))

    def loose_messages(self) -> Column | None:
        """The column by whose values several rows each belong together, as messages of conversations do."""
        found = [column for column in self.called("conversation") if column.comes_again]
        return found[0] if len(found) == 1 else self.talks

    @cached_property
    def speaking(self) -> Column | None:
        """The only column that says of each row whether the user or the assistant speaks, by known names of both."""
        found = [column for column in self.all if column.tells_speakers and column.plain not in CLASSES]
        return found[0] if len(found) == 1 else None

    @cached_property
    def talks(self) -> Column | None:
        """The only column by whose values rows of the user and of the assistant belong together, whatever its name."""
        if not (speaking := self.speaking):
            return None
        found = [
            column
            for column in self.all
            if column.name != speaking.name and column.comes_again and not column.holds_chats
            if self._holds_both_sides(column.name, speaking.name)
        ]
        return found[0] if len(found) == 1 else None

    def _holds_both_sides(self, talk: str, speaking: str) -> bool:
        sides: dict[str, set[str | None]] = {}
        read = speaker_reader(speaking)
        for values in self.head:
            if values.get(talk) is not None:
                sides.setdefault(str(values[talk]), set()).add(role_by_name(str(read(values))))
        return sum({"user", "assistant"} <= side for side in sides.values()) * 2 > len(sides)

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
            and not column.is_constant
            and not column.says_about
            and not column.names_speakers
            and column is not self.speaking
            and column.plain not in _OF_OTHER_USE
        ]

    def texts(self, used: set[str]) -> list[Column]:
        """Columns not used yet that hold texts of some words, whatever their names say."""
        return [
            column
            for column in self.all
            if column.name not in used and column.holds_texts and not column.is_constant
            if column.words >= _WORDS_OF_A_SENTENCE
        ]

    def texts_within(self) -> list[Column]:
        """Columns, and paths to what stands inside of them, that hold texts which differ from row to row."""
        paths = dict.fromkeys(path for name in self.names for path in self._paths_into(name))
        found = [Column(path, self.head, place) for place, path in enumerate(paths)]
        texts = [column for column in found if (column.holds_texts or column.is_unseen) and not column.holds_chats]
        return [
            column
            for column in texts
            if not column.says_about and not is_about(column.inner_plain) and column.plain not in names_of("role")
            if column.is_unseen or column.differs or len(column.values) == 1
            if len(column.values) * 2 >= len(self.head)
        ] + [column for column in found if column.plain in CLASSES and column.may_be_class and column not in texts]

    def _paths_into(self, name: str) -> list[str]:
        found = dict.fromkeys(
            name + path for values in self.head[:_ROWS_LOOKED_INTO] for path in _paths(values.get(name))
        )
        return [path for path in found if "[1]" not in path] or [name]

    def inner_names(self) -> list[str]:
        """Paths to what stands in columns that hold objects, such as `data.question`."""
        first = [(column.name, opened(column.values[0])) for column in self.all if not column.is_unseen]
        return [f"{name}.{key}" for name, value in first if isinstance(value, dict) for key in value]

    def documents(self) -> list[Column]:
        """Columns of texts long enough to learn a language from."""
        long = [column for column in self.all if column.holds_texts and column.words >= WORDS_OF_A_DOCUMENT]
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
        return [
            column
            for column in self.all
            if set(column.plain.split()) & set(names) and not column.says_about and column.plain not in _OF_OTHER_USE
        ]

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
        column = Column(path, self.head)
        if self.head and column.is_unseen:
            whole = first_column(path)
            raise InputError(
                f"No row has anything at {path!r} to use as {role}.",
                f"Look at what the column {whole!r} holds: {str(self.head[0].get(whole))[:200]}",
            )
        return column


def listed(names: list[str]) -> str:
    """Names of columns for a message: quoted, the first of them if there are many."""
    shown = [repr(name if len(name) <= 40 else name[:37] + "…") for name in names[:_NAMES_SHOWN]]
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(shown) + more if shown else "none"


def _paths(value: object) -> list[str]:
    """The ends of the paths to all that stands in a cell; where a list holds several, `[1]` says so."""
    value = opened(value)
    if isinstance(value, dict):
        return [f".{name}{path}" for name, inner in value.items() for path in _paths(inner)]
    if isinstance(value, list):
        return [f"[{min(len(value) - 1, 1)}]{path}" for path in _paths(value[0])] if value else []
    return [""]
