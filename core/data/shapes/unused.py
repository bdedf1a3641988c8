"""What of a source's rows no role reads: columns, values inside them, and fields of messages."""

from collections.abc import Container, Iterable, Iterator

from core.data.shapes.message_rows import ANSWERED_BY, MESSAGES
from core.examples.learning import WEIGHTS
from core.examples.messages import REASONING, looks_like_chat
from core.examples.paths import first_column, opened, parts
from core.examples.roles import names_of, plain_name
from core.examples.speakers import turns_of
from core.examples.transcripts import is_transcript

_OF_MESSAGES = ("messages", "history", "chosen", "rejected", "output")
_READ_IN_TURNS = frozenset(
    {"role", "from", "content", "value", "tool_calls", "function_call", "channel", *WEIGHTS, *REASONING}
)
_READ_IN_RESULTS = frozenset({"name", "tool_call_id"})
_MOST_NAMED = 30
_EMPTY = (None, "", [], {})
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
    """The columns that play no role and, of those that do, what in them is not read: `meta.note`, `messages[].weight`.

    What stands inside is found in the first rows, `head`; a list's items share one path. The roles in `whole` read all
    that is in their column.
    """
    read: dict[str, list[tuple[str, str]]] = {}
    for role, path in mapping.items():
        read.setdefault(path if path in columns else first_column(path), []).append((role, path))
    found: dict[str, None] = {}
    for column in dict.fromkeys(columns):
        if column == MESSAGES and "conversation" in mapping or column.startswith(ANSWERED_BY):
            continue  # put together from what is read
        if any(role in whole and path == column for role, path in read.get(column, ())):
            continue
        if column in read:
            found |= dict.fromkeys(_inside(column, read[column], head))
        else:
            found[column] = None
    return tuple(found)


class Watch:
    """Looks in every row for what the first ones did not have: columns, and fields of messages.

    Called for every row: what holds nothing new costs as good as nothing. Cells with messages as JSON text are not
    looked into.
    """

    def __init__(self, columns: Iterable[str], mapping: dict[str, str]):
        self._columns = frozenset(columns)
        self._chats = [path for role, path in mapping.items() if role in _OF_MESSAGES and path in self._columns]

    def unknown(self, rows: Iterable[dict]) -> set[str]:
        """The paths to what is new in some rows and has no role."""
        found: set[str] = set()
        for values in rows:
            if not self._columns.issuperset(values):
                found |= values.keys() - self._columns
            for column in self._chats:
                value = values.get(column)
                if isinstance(value, list) and not all(map(_is_plain_turn, value)) and looks_like_chat(value):
                    found |= {f"{column}[].{name}" for name in unread_fields(value)}
        return found


def _is_plain_turn(turn: object) -> bool:
    return not isinstance(turn, dict) or _READ_IN_TURNS.issuperset(turn)


def is_weighty(path: str) -> bool:
    """Whether what is called so may change what the examples mean: a rating, a weight, a parent, reasoning."""
    return bool({plain_name(path), *(plain_name(str(name)) for name in parts(path)[-1:])} & _WEIGHTY)


def in_words(unused: Iterable[str]) -> str:
    """What is not used as a sentence without a full stop; "" where there is nothing."""
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
    elif set(whole) & {*_OF_MESSAGES}:
        for value in filter(looks_like_chat, values):
            yield from (f"{column}[].{name}" for name in unread_fields(value))


def unread_fields(value: object) -> list[str]:
    """The fields of a cell's messages that nothing reads."""
    if is_transcript(value):
        return []
    turns = [turn for turn in turns_of(value) or [] if isinstance(turn, dict)]
    return list(dict.fromkeys(name for turn in turns for name in turn if _is_unread(turn, name)))


def _is_unread(turn: dict, name: str) -> bool:
    if name in _READ_IN_TURNS or turn[name] in _EMPTY or (name, turn[name]) == ("type", "message"):
        return False
    if name in _READ_IN_RESULTS and turn.get("role") in ("tool", "function"):
        return False
    # a turn of another form holds who speaks and what is said a second time, under the names it is read by
    return not any(turn[name] is turn.get(known) for known in ("role", "content"))


def _leaves(value: object) -> Iterator[tuple[str | int, ...]]:
    value = opened(value)
    if value in _EMPTY:
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
    """A path that all items of a list but the first share: `answers[1…].text`."""
    return column + "".join(f".{s}" if isinstance(s, str) else "[0]" if s == 0 else "[1…]" for s in steps)
