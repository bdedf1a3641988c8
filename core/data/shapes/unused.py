"""What no role reads of a source: columns, values inside them, and fields of messages."""

from collections.abc import Container, Iterable, Iterator

from core.data.shapes.conversation_columns import ANSWERED_BY, MESSAGES
from core.data.shapes.message_fields import EMPTY, ROLES_OF_MESSAGES, unread_fields
from core.examples.messages import looks_like_chat
from core.examples.paths import first_column, opened, parts
from core.examples.roles import names_of, plain_name

_MOST_NAMED = 30
_WEIGHTY = frozenset({
    *names_of("label"), *names_of("winner"), "label", "labels", "weight", "weights", "loss", "loss weight", "train",
    "train detail", "training detail",
    "rank", "ranking", "reasoning", "reasoning content", "thinking", "thought", "rationale", "chain of thought", "cot",
    "stars", "star rating", "scores", "ranks", "helpfulness", "correctness", "toxicity", "choices", "options",
    "parent", "parent id", "reply to", "images", "image", "videos", "audio", "audios",
})  # fmt: skip


def unused_paths(
    columns: list[str], head: list[dict], mapping: dict[str, str], whole: Container[str] = ()
) -> tuple[str, ...]:
    """Columns without a role and the unread parts of the others, such as `meta.note` or `messages[].weight`.

    Nested values are found in `head`, the first rows; the items of a list share one path. The roles in `whole` read
    everything in their column.
    """
    read: dict[str, list[tuple[str, str]]] = {}
    for role, path in mapping.items():
        read.setdefault(path if path in columns else first_column(path), []).append((role, path))
    found: dict[str, None] = {}
    for column in dict.fromkeys(columns):
        if column == MESSAGES and "conversation" in mapping or column.startswith(ANSWERED_BY):
            continue  # assembled from columns that are read
        if any(role in whole and path == column for role, path in read.get(column, ())):
            continue
        if column in read:
            found |= dict.fromkeys(_inside(column, read[column], head))
        else:
            found[column] = None
    return tuple(found)


def is_weighty(path: str) -> bool:
    """Whether ignoring a path may change what the examples mean: a rating, a weight, a parent, reasoning."""
    return bool({plain_name(path), *(plain_name(str(name)) for name in parts(path)[-1:])} & _WEIGHTY)


def unused_in_words(unused: Iterable[str]) -> str:
    """The unused paths as a sentence without a full stop; "" where there are none."""
    names = [repr(name) for name in unused]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"not used: {', '.join(names[:_MOST_NAMED])}{more}" if names else ""


def _inside(column: str, read: list[tuple[str, str]], head: list[dict]) -> Iterator[str]:
    values = [values.get(column) for values in head]
    whole = [role for role, path in read if path == column]
    if not whole:
        used = [parts(path)[1:] for _, path in read]
        for value in values:
            yield from (_path(column, steps) for steps in _leaves(value) if not _is_read(steps, used))
    elif set(whole) & {*ROLES_OF_MESSAGES}:
        for value in filter(looks_like_chat, values):
            yield from (f"{column}[].{name}" for name in unread_fields(value))


def _leaves(value: object) -> Iterator[tuple[str | int, ...]]:
    value = opened(value)
    if value in EMPTY:
        return
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        yield ()
        return
    for step, part in inner:
        yield from ((step, *rest) for rest in _leaves(part))


def _is_read(steps: tuple, used: list[list]) -> bool:
    return any(list(steps[: len(path)]) == path for path in used)


def _path(column: str, steps: tuple) -> str:
    """The path of a value; every list item but the first shares one (`answers[1…].text`)."""
    return column + "".join(f".{s}" if isinstance(s, str) else "[0]" if s == 0 else "[1…]" for s in steps)
