"""Which turns of a conversation are learned, by the weights that datasets put on them."""

from core.examples.texts import text_of

WEIGHTS = frozenset(
    {"weight", "loss_weight", "loss", "train", "training", "trainable", "train_on_turn", "loss_mask", "loss_scale"}
)
"""Message fields that say whether it is learned, in OpenAI, axolotl, ms-swift, xtuner and others."""
_NO = frozenset({"false", "no", "none", "off", "n", "f"})


def weight_of(turn: dict) -> float | None:
    """The smallest weight given to a turn, or None. A value that is neither a number nor a "no" counts as 1."""
    given = [_number(turn[name]) for name in WEIGHTS if turn.get(name) not in (None, "")]
    return min(given, default=None)


def is_learned(message: dict) -> bool:
    """Whether a message is an assistant turn with content and a weight other than 0."""
    says = bool(message["content"].strip()) or "tool_calls" in message
    return message["role"] == "assistant" and says and message.get("weight", 1) != 0


def is_asked(messages: list[dict]) -> bool:
    """Whether anyone spoke before the assistant: an opening greeting answers nothing."""
    return any(message["role"] in ("user", "tool") for message in messages)


def _number(value: object) -> float:
    text = (text_of(value) or "").strip().lower()
    if text in _NO:
        return 0.0
    try:
        return max(0.0, float(text))
    except ValueError:
        return 1.0
