"""All columns of a source: looked up by name, or by what they hold."""

from functools import cached_property

from core.data.shapes.columns.column import WORDS_OF_A_DOCUMENT, Column
from core.errors import InputError
from core.examples.paths import first_column, well_formed
from core.examples.roles import CLASSES, LABELS, names_of, plain_name
from core.examples.speakers import role_by_name, speaker_reader

_NAMES_SHOWN = 12
_WORDS_OF_A_SENTENCE = 3
_OF_OTHER_USE = frozenset(
    name for role in ("chosen", "rejected", "label", "system", "tools", "history", *LABELS) for name in names_of(role)
)


class Table:
    """All columns of a source, with the roles that the user assigned (`asked`: role to column or path)."""

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
        """The name of the speaker who answers."""
        self.good_from = good_from
        """The lowest rating that counts as good, where answers are rated on a scale."""
        self.head = head
        self.all = [Column(name, head) for name in names]
        self._by_plain: dict[str, list[Column]] = {}
        for column in self.all:
            self._by_plain.setdefault(column.plain, []).append(column)
        self.refused = {role for role, path in asked.items() if not path.strip()}
        """Roles that, the user said, no column has."""
        self.asked = {role: self._asked(role, path) for role, path in asked.items() if role not in self.refused}
        varies = any(column.differs for column in self.all)
        for column in self.all:
            column.is_constant = varies and len(column.values) > 1 and not column.differs

    def called(self, role: str) -> list[Column]:
        """Columns named like the role: by its own name if there is one, else by an alias, else with one as a word."""
        if role in self.refused:
            return []
        own, *aliases = names_of(role)
        if own in self._by_plain:
            return [self.only(own)]
        found = [self.only(alias) for alias in dict.fromkeys(aliases) if alias in self._by_plain]
        return found or self._containing(names_of(role))

    def conversation_id(self) -> Column | None:
        """The column whose values group rows into conversations, if there is exactly one."""
        found = [column for column in self.called("conversation") if column.repeats]
        return found[0] if len(found) == 1 else self.conversation_id_by_content

    @cached_property
    def speaker_column(self) -> Column | None:
        """The only column whose values all name the user or the assistant, with both among them."""
        found = [column for column in self.all if column.tells_speakers and column.plain not in CLASSES]
        return found[0] if len(found) == 1 else None

    @cached_property
    def conversation_id_by_content(self) -> Column | None:
        """The only column, whatever its name, that groups rows of the user and the assistant together."""
        if not (speaking := self.speaker_column):
            return None
        found = [
            column
            for column in self.all
            if column.name != speaking.name and column.repeats and not column.holds_chats
            if self._holds_both_sides(column.name, speaking.name)
        ]
        return found[0] if len(found) == 1 else None

    def _holds_both_sides(self, key: str, speaker: str) -> bool:
        """Whether most groups of rows with the same `key` have messages of the user and of the assistant."""
        roles: dict[str, set[str | None]] = {}
        read = speaker_reader(speaker)
        for values in self.head:
            if values.get(key) is not None:
                roles.setdefault(str(values[key]), set()).add(role_by_name(str(read(values))))
        return sum({"user", "assistant"} <= group for group in roles.values()) * 2 > len(roles)

    def column(self, name: str) -> Column:
        """The column with exactly that name."""
        return next(column for column in self.all if column.name == name)

    def only(self, plain: str) -> Column:
        """The column with that plain name. Raises InputError when there are several."""
        found = self._by_plain[plain]
        if len(found) > 1:
            raise InputError(f"{len(found)} columns are called {plain!r}.", "Rename them so that each name is unique.")
        return found[0]

    def spare_texts(self, used: set[str]) -> list[Column]:
        """Unused columns that hold texts and whose names suggest no other use."""
        return [
            column
            for column in self.all
            if column.name not in used
            and column.holds_texts
            and not column.is_constant
            and not column.is_metadata
            and not column.names_speakers
            and column is not self.speaker_column
            and column.plain not in _OF_OTHER_USE
        ]

    def sentences(self, used: set[str]) -> list[Column]:
        """Unused columns that hold texts of a few words or more, whatever their names."""
        return [
            column
            for column in self.all
            if column.name not in used and column.holds_texts and not column.is_constant
            if column.words >= _WORDS_OF_A_SENTENCE
        ]

    def documents(self) -> list[Column]:
        """Columns with texts long enough for training on plain text."""
        long = [column for column in self.all if column.holds_texts and column.words >= WORDS_OF_A_DOCUMENT]
        spare = self.spare_texts(set())
        return [column for column in long if column in spare and not column.is_title] or [
            column for column in long if not column.is_title
        ]

    def answer_candidates(self) -> list[Column]:
        """Columns that may hold one of two answers to a question."""
        return [column for column in self.all if column.holds_chats or column.holds_texts]

    def chats(self) -> list[Column]:
        """Columns that hold conversations, whatever their names."""
        return [column for column in self.all if column.holds_chats]

    def _containing(self, names: tuple[str, ...]) -> list[Column]:
        """Columns whose name contains one of the names as a word (`Your question`)."""
        return [
            column
            for column in self.all
            if set(column.plain.split()) & set(names) and not column.is_metadata and column.plain not in _OF_OTHER_USE
        ]

    def _asked(self, role: str, path: str) -> Column:
        """The column or path that the user chose for a role. Raises InputError where it does not exist or is empty."""
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
                "Choose one of those columns, or a path into one, such as meta.answers[0].text.",
            )
        column = Column(path, self.head)
        if self.head and column.is_unseen:
            whole = first_column(path)
            raise InputError(
                f"No row has a value at {path!r} to use as {role}.",
                f"Check the path against what column {whole!r} holds: {str(self.head[0].get(whole))[:200]}",
            )
        return column


def listed(names: list[str]) -> str:
    """Column names for a message: quoted, and only the first ones if there are many."""
    shown = [repr(name if len(name) <= 40 else name[:37] + "…") for name in names[:_NAMES_SHOWN]]
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(shown) + more if shown else "none"
