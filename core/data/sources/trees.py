"""Joins rows into conversations where each row names its parent (`parent_id`).

Rows of messages become one conversation per tree: the best-ranked reply at every step, or the first one if there are
no ranks. Rows of questions with answers keep their form: every leaf becomes a row, with the path to it in `history`.
"""

from collections.abc import Iterable
from dataclasses import replace

from core.data.rows import Source
from core.data.shapes import detect
from core.data.shapes.assigning.message_rows import message_columns
from core.data.shapes.columns.table import Table
from core.data.shapes.conversation_columns import MESSAGES
from core.data.shapes.parent_ids import own_and_parent, parent_among
from core.data.sources.message_trees import DELETED, RANK, MessageTrees
from core.data.sources.peeking import peek
from core.data.sources.question_trees import HISTORY, QuestionTrees
from core.data.sources.tree_rows import key_of
from core.errors import InputError
from core.examples.roles import plain_name
from core.shape import Shape

_ROWS_LOOKED_AT = 5_000
_FEW = 0.1


def join_by_parent(source: Source, shape: Shape | None, asked: dict[str, str], kept: Iterable[str] = ()) -> Source:
    """`source` or, where its rows name their parents, the conversations that they form.

    `shape` and `asked` are as in `detect`; with a shape other than conversations, rows stay single. A conversation
    keeps its first row's values in the columns named in `kept`.
    """
    if shape not in (None, Shape.CHAT) or not (parent := parent_among(source.columns)):
        return source
    head, source = peek(source, _ROWS_LOOKED_AT)
    called = own_and_parent(source.columns)
    others = [(own, parent) for own in source.columns if own != parent]
    names = next((pair for pair in ([called] if called else others) if _is_linked(head, *pair)), None)
    if not names:
        return source
    rest = [column for column in source.columns if column not in names]
    asked = {role: path for role, path in asked.items() if path not in (MESSAGES, HISTORY)}
    if said := message_columns(Table(rest, head, {}), asked):
        used = {*said, *(name for name in rest if plain_name(name) in (RANK, DELETED))} - {*asked.values(), *kept}
        kept_columns = [name for name in rest if name not in used]
        trees, columns = MessageTrees(names, said, kept_columns, source.facts), [*kept_columns, MESSAGES]
    elif roles := _question_columns(rest, head, asked):
        trees, columns = QuestionTrees(names, roles, rest, source.facts), [*rest, HISTORY]
    else:
        return source
    return replace(source, columns=columns, rows=trees.conversations(source.rows), packets=None)


def _is_linked(head: list[dict], own: str, parent: str) -> bool:
    """Whether row ids are unique and some of the parent ids are among them."""
    ids = [key for values in head if (key := key_of(values.get(own)))]
    parents = [key for values in head if (key := key_of(values.get(parent)))]
    known = sum(key in ids_known for key in parents) if (ids_known := set(ids)) else 0
    return len(ids_known) == len(ids) and known > len(parents) * _FEW


def _question_columns(columns: list[str], head: list[dict], asked: dict[str, str]) -> dict[str, str] | None:
    """The columns of question, input and answer; None where rows are something else."""
    if HISTORY in columns:
        return None
    try:
        detected = detect(columns, head, None, asked)
    except InputError:  # the step that maps these columns reports it
        return None
    return detected.mapping if detected.shape is Shape.INSTRUCTION else None
