"""What happens to a conversation that its owner may not expect, and is therefore reported."""

from enum import StrEnum

from core.examples.learning import is_asked, is_learned


class Caveat(StrEnum):
    """What is special about a conversation, to follow "N conversations …", with the reason in `why`."""

    why: str

    CUT = (
        "with their last turns left out",
        "They hold no answer to learn: an unanswered question, or answers of weight 0.",
    )
    NOT_LEARNED = (
        "with answers of weight 0",
        "Those answers stay in the context of later turns but are masked in the loss.",
    )
    PART_WEIGHT = (
        "with weights other than 0 and 1",
        "An answer is either learned in full or masked in the loss: any weight above 0 counts as 1.",
    )
    UNASKED = (
        "opened by the assistant",
        "The greeting answers no question: it stays in the context but is masked in the loss.",
    )
    EMPTY = (
        "with an empty assistant turn",
        "It stays in the context but is masked in the loss; otherwise the model would learn to say nothing.",
    )
    REASONING = (
        "with reasoning",
        "It is learned before the answer, in the form that the model's chat template gives it.",
    )

    def __new__(cls, words: str, why: str):
        member = str.__new__(cls, words)
        member._value_, member.why = words, why
        return member


def caveats_of(messages: list[dict], of_source: list[dict]) -> set[Caveat]:
    """The caveats of a conversation, given its stored `messages` and those of the source row."""
    found = {Caveat.CUT} if len(messages) < len(of_source) else set()
    answers = [message for message in of_source if message["role"] == "assistant"]
    weights = {message["weight"] for message in answers if "weight" in message}
    found |= {Caveat.NOT_LEARNED} if 0 in weights else set()
    found |= {Caveat.PART_WEIGHT} if weights - {0} else set()
    found |= {Caveat.REASONING} if any("reasoning_content" in message for message in answers) else set()
    return found | _of_turns(messages)


def _of_turns(messages: list[dict]) -> set[Caveat]:
    found = set()
    for place, message in enumerate(messages):
        if message["role"] == "assistant" and message.get("weight") != 0:
            if not is_learned(message):
                found.add(Caveat.EMPTY)
            elif not is_asked(messages[:place]):
                found.add(Caveat.UNASKED)
    return found
