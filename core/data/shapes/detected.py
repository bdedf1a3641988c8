"""What was detected in a source: its shape, and the column of each role."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.examples.example import shape_of
from core.examples.roles import LABELS, SHAPE_COLUMNS
from core.examples.texts import Form
from core.shape import Shape

MEANING = {
    Shape.PREFERENCE: "Pairs of a better and a worse answer",
    Shape.FEEDBACK: "Answers judged good or bad",
    Shape.CHAT: "Conversations",
    Shape.INSTRUCTION: "Questions with their answers",
    Shape.TEXT: "Plain text",
}
"""What data of each shape is, for messages."""


@dataclass(frozen=True)
class Detected:
    """A shape with the column, or path into one, of each role, and the reason for choosing it."""

    shape: Shape
    mapping: dict[str, str]
    reason: str
    others: list[tuple[Shape, str]]
    """Other shapes that the columns allow, each with its reason."""
    unused: tuple[str, ...] = ()
    """What no role reads: columns, paths inside columns, fields of messages (`messages[].weight`)."""
    forms: dict[str, Form] = field(default_factory=dict)
    """How lists and objects in a role's column are written as text."""
    good_from: float | None = None
    """The lowest rating that counts as good, where the labels are ratings."""
    assistant: str | None = None
    """The speaker who answers, where each row is a message and no speaker's name tells."""


def detect_prepared(columns: Iterable[str]) -> Detected:
    """The roles of a prepared dataset, whose columns are named after them. Raises InputError as `shape_of`."""
    columns = set(columns)
    shape = shape_of(columns)
    known = (*SHAPE_COLUMNS[shape], "system", "tools", *LABELS)
    return Detected(shape, {name: name for name in known if name in columns}, "A prepared dataset.", [])
