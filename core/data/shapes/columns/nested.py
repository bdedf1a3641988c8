"""Values inside columns that hold lists and objects, addressed by path (`data.question`, `answers[0].text`)."""

from core.data.shapes.columns.column import Column, is_metadata_name
from core.data.shapes.columns.table import Table
from core.examples.paths import opened
from core.examples.roles import CLASSES, names_of

_ROWS_LOOKED_INTO = 20


def inner_names(table: Table) -> list[str]:
    """The paths to the fields of columns that hold objects, judged by each column's first value."""
    first = [(column.name, opened(column.values[0])) for column in table.all if not column.is_unseen]
    return [f"{name}.{key}" for name, value in first if isinstance(value, dict) for key in value]


def nested_texts(table: Table) -> list[Column]:
    """Columns and paths into them that hold texts which vary from row to row, then those with class labels."""
    paths = dict.fromkeys(path for name in table.names for path in _paths_into(table, name))
    found = [Column(path, table.head, place) for place, path in enumerate(paths)]
    texts = [column for column in found if (column.holds_texts or column.is_unseen) and not column.holds_chats]
    return [
        column
        for column in texts
        if not column.is_metadata and not is_metadata_name(column.inner_plain) and column.plain not in names_of("role")
        if column.is_unseen or column.differs or len(column.values) == 1
        if len(column.values) * 2 >= len(table.head)
    ] + [column for column in found if column.plain in CLASSES and column.may_be_class and column not in texts]


def _paths_into(table: Table, name: str) -> list[str]:
    found = dict.fromkeys(name + path for values in table.head[:_ROWS_LOOKED_INTO] for path in _paths(values.get(name)))
    return [path for path in found if "[1]" not in path] or [name]


def _paths(value: object) -> list[str]:
    """The paths to every value in a cell; `[1]` stands for a list with more than one item."""
    value = opened(value)
    if isinstance(value, dict):
        return [f".{name}{path}" for name, inner in value.items() for path in _paths(inner)]
    if isinstance(value, list):
        return [f"[{min(len(value) - 1, 1)}]{path}" for path in _paths(value[0])] if value else []
    return [""]
