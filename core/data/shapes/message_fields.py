"""Which fields of a message are read."""

from core.examples.learning import WEIGHTS
from core.examples.messages import REASONING
from core.examples.speakers import turns_of
from core.examples.transcripts import is_transcript

ROLES_OF_MESSAGES = ("messages", "history", "chosen", "rejected", "output")
READ_IN_MESSAGES = frozenset(
    {"role", "from", "content", "value", "tool_calls", "function_call", "channel", *WEIGHTS, *REASONING}
)
_READ_IN_RESULTS = frozenset({"name", "tool_call_id"})
EMPTY = (None, "", [], {})


def unread_fields(value: object) -> list[str]:
    """The fields of a cell's messages that nothing reads."""
    if is_transcript(value):
        return []
    turns = [turn for turn in turns_of(value) or [] if isinstance(turn, dict)]
    return list(dict.fromkeys(name for turn in turns for name in turn if _is_unread(turn, name)))


def _is_unread(turn: dict, name: str) -> bool:
    if name in READ_IN_MESSAGES or turn[name] in EMPTY or (name, turn[name]) == ("type", "message"):
        return False
    if name in _READ_IN_RESULTS and turn.get("role") in ("tool", "function"):
        return False
    # `turns_of` copies role and content to the standard names; the originals are not unread
    return not any(turn[name] is turn.get(known) for known in ("role", "content"))
