"""Joins rows into conversations where each row is one message with a conversation id."""

from collections.abc import Iterable
from dataclasses import replace

from core.data.rows import Source
from core.data.shapes import detect
from core.data.shapes.assigning.message_rows import may_hold_messages
from core.data.shapes.conversation_columns import MESSAGES
from core.data.sources.grouping import Grouping
from core.data.sources.peeking import peek
from core.errors import InputError
from core.examples.paths import first_column
from core.shape import Shape

_ROWS_LOOKED_AT = 100


def join_by_id(source: Source, shape: Shape | None, asked: dict[str, str], kept: Iterable[str] = ()) -> Source:
    """`source` or, where each of its rows is one message, the conversations that rows with the same id form.

    A conversation takes its number from its first row, has a column `messages`, and keeps that row's values in columns
    with a role and in those named in `kept`. `shape` and `asked` are as in `detect`.
    """
    head, source = peek(source, _ROWS_LOOKED_AT)
    if not may_hold_messages(source.columns, head, asked):
        return source
    try:
        detected = detect(source.columns, head, shape, asked)
    except InputError:
        return source  # the step that maps these columns reports it
    if "conversation" not in detected.mapping:
        return source
    beside = {first_column(path) for path in detected.mapping.values()} | set(kept)
    detected = replace(detected, unused=tuple(path for path in detected.unused if path not in beside))
    columns = [column for column in source.columns if column in beside and column != MESSAGES]
    rows = Grouping(detected, columns, source.facts).conversations(source.rows)
    return replace(source, columns=[*columns, MESSAGES], rows=rows, packets=None, detected=detected)
