"""Reads the answers in single cells, and splits conversations into prompt and answer."""

from core.data.shapes.prompt_cells import text_in
from core.examples.drops import Drop
from core.examples.messages import UnreadableError, looks_like_chat, read_messages, text_with_reasoning
from core.examples.transcripts import without_end


def answer_in(value: object) -> str:
    """The answer in a text, a message, or the last of a list of messages, with its reasoning first.

    Raises UnreadableError where the assistant does not speak last.
    """
    messages = answer_messages_in(value)
    if messages[-1]["role"] != "assistant":
        raise UnreadableError(Drop.NO_ANSWER_TURN)
    return text_with_reasoning(messages[-1])


def answer_messages_in(value: object) -> list[dict]:
    """An answer as messages, from the assistant's first turn on: tool calls, their results, the final reply."""
    if isinstance(value, str) and not looks_like_chat(value):
        return [{"role": "assistant", "content": without_end(value)}]
    if not isinstance(value, (str, list, dict)):
        return [{"role": "assistant", "content": text_in(value)}]
    messages = read_messages(value)
    if not any(message["role"] == "assistant" for message in messages):
        raise UnreadableError(Drop.NO_ANSWER_TURN)
    while messages[0]["role"] != "assistant":  # the cell repeats the question
        messages = messages[1:]
    return messages


def up_to_last_learned(messages: list[dict]) -> list[dict]:
    """The messages up to the last answer to learn: trailing questions and answers of weight 0 teach nothing."""
    answers = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    if not answers:
        raise UnreadableError(Drop.NO_ANSWER_TURN)
    learned = [place for place in answers if messages[place].get("weight") != 0]
    if not learned:
        raise UnreadableError(Drop.NO_WEIGHT)
    return messages[: learned[-1] + 1]


def without_answer(messages: list[dict]) -> list[dict]:
    """The messages without trailing answers: a prompt ends with the question."""
    while messages and messages[-1]["role"] == "assistant":
        messages = messages[:-1]
    return messages


def split_pair(chosen: list[dict], rejected: list[dict]) -> tuple[list[dict], str, str]:
    """The turns that two conversations share, and the two answers in which they first differ."""
    pairs = zip(chosen, rejected, strict=False)
    same = next((number for number, (one, other) in enumerate(pairs) if one != other), min(len(chosen), len(rejected)))
    if same >= len(chosen) or same >= len(rejected):
        raise UnreadableError(Drop.SAME_ANSWERS if len(chosen) == len(rejected) else Drop.DIFFERENT_PROMPTS)
    good, bad = chosen[same], rejected[same]
    if not good["role"] == bad["role"] == "assistant":
        raise UnreadableError(Drop.DIFFERENT_PROMPTS)
    return chosen[:same], text_with_reasoning(good), text_with_reasoning(bad)
