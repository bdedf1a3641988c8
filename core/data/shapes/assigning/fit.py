"""What one shape makes of a source: which columns play which roles, how that is known, and what is missing."""

from core.data.shapes.columns.column import Column
from core.data.shapes.columns.table import Table
from core.examples.roles import CLASSES, LABELS, plain_name
from core.examples.texts import Form

_TEXTS = ("instruction", "input", "output", "text")


class Fit:
    """The roles of one shape assigned so far, starting with those that the user assigned."""

    def __init__(self, table: Table):
        self.table = table
        self.mapping = {role: column.name for role, column in table.asked.items() if role not in LABELS}
        self.notes = [f"you chose {name!r} as {role}" for role, name in self.mapping.items()]
        """How each role was found, in words, except for columns named exactly like their role (`exact`)."""
        self.exact: list[str] = []
        self.missing: list[str] = []
        """Required roles that no column plays."""
        self.forms: dict[str, Form] = {}
        """How the lists and objects in a role's column are written as text."""
        self.assistant: str | None = None
        """The speaker who answers, where the names of the speakers do not tell."""
        self.is_doubtful = False
        """Whether another column could just as well play a role that was assigned by content."""
        self.is_guess = False
        """Whether a role was assigned by content because no name told."""
        for role, column in table.asked.items():
            if role in _TEXTS and column.form:
                self._write(role, column)

    def take(self, role: str, column: Column, how: str = "") -> None:
        """Assign the role to a column; `how` says why, if not because of its name."""
        self.mapping[role] = column.path_to_text if role in _TEXTS else column.name
        if how:
            self.notes.append(how)
        elif plain_name(column.name) != role:
            self.notes.append(f"column {column.name!r} was taken as {role}")
        else:
            self.exact.append(repr(column.name))
        is_text = role in _TEXTS or role in ("chosen", "rejected") and column.form is Form.LINES
        if is_text and self.mapping[role] == column.name and column.form and not column.holds_chats:
            self._write(role, column)

    def guess(self, role: str, column: Column, how: str) -> None:
        """Assign the role to a column by what it holds."""
        self.is_guess = True
        self.take(role, column, how)

    def _write(self, role: str, column: Column) -> None:
        is_class = column.form is Form.LINES and column.plain in CLASSES
        self.forms[role] = Form.COMMAS if is_class else column.form
        self.notes.append(f"column {column.name!r} is written as text, {self.forms[role]}")

    def free(self, role: str, texts: bool = False) -> list[Column]:
        """Unassigned columns named like the role; with `texts`, without those that hold conversations."""
        free = [column for column in self.table.called(role) if column.name not in self.mapping.values()]
        free = [column for column in free if not (role == "instruction" and column.names_speakers)]
        return [column for column in free if not (texts and column.holds_chats)]

    def take_named(self, role: str, texts: bool = False) -> None:
        """Assign the role to the column named like it, if there is exactly one."""
        if role not in self.mapping and len(found := self.free(role, texts)) == 1:
            self.take(role, found[0])

    def need(self, *roles: str) -> None:
        """Record which of these roles are missing."""
        self.missing += [role for role in roles if role not in self.mapping]
