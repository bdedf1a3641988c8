"""What is made of a conversation that a person may not expect, and is told."""

from collections.abc import Iterable
from enum import StrEnum

from core.examples.learning import is_asked, is_learned


class Remark(StrEnum):
    """What is worth telling of a row, in words that go on from "N conversations"."""

    CUT = "whose last turns were left out"
    NOT_LEARNED = "with answers of weight 0"
    PART_WEIGHT = "with weights other than 0 and 1"
    UNASKED = "opened by the assistant"
    EMPTY = "with an empty turn of the assistant"
    REASONING = "with reasoning"


WHY = {
    Remark.CUT: "No answer to learn follows them: a last question without an answer, or answers of weight 0.",
    Remark.NOT_LEARNED: "Those answers stay in the prompt of the turns after them and count for no loss.",
    Remark.PART_WEIGHT: "A turn is learned in full or not at all: any weight above 0 counts as 1.",
    Remark.UNASKED: "Nobody asked for the greeting: it stays in the prompt and counts for no loss.",
    Remark.EMPTY: "It stays in the prompt and counts for no loss, or the model would learn to say nothing.",
    Remark.REASONING: "It is learned before the answer, as the chat template of the model writes it.",
}


def remarks_on(messages: list[dict], of_source: list[dict]) -> set[Remark]:
    """The remarks on a conversation as it is stored, made of the messages that stood in the source."""
    found = {Remark.CUT} if len(messages) < len(of_source) else set()
    answers = [message for message in of_source if message["role"] == "assistant"]
    weights = {message["weight"] for message in answers if "weight" in message}
    found |= {Remark.NOT_LEARNED} if 0 in weights else set()
    found |= {Remark.PART_WEIGHT} if weights - {0} else set()
    found |= {Remark.REASONING} if any("reasoning_content" in message for message in answers) else set()
    return found | _on_turns(messages)


def _on_turns(messages: list[dict]) -> Iterable[Remark]:
    found = set()
    for place, message in enumerate(messages):
        if message["role"] == "assistant" and message.get("weight") != 0:
            if not is_learned(message):
                found.add(Remark.EMPTY)
            elif not is_asked(messages[:place]):
                found.add(Remark.UNASKED)
    return found
