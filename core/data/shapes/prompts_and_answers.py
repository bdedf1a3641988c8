"""Reads the prompts and answers in single cells: texts, messages, lists of messages, or pairs of turns."""

from core.examples.drops import Drop
from core.examples.messages import UnreadableError, answered, looks_like_chat, read_messages
from core.examples.parts import are_parts, read_parts
from core.examples.paths import opened
from core.examples.texts import text_of
from core.examples.transcripts import is_transcript, without_end


def text_in(value: object) -> str:
    """A cell as text. Raises UnreadableError where it holds a list or an object."""
    text = text_of(value)
    if text is None:
        raise UnreadableError(Drop.NOT_TEXT)
    return text


def system_prompt_in(value: object) -> str:
    """A system prompt given as text, as content parts or as a message."""
    value = opened(value)
    if isinstance(value, list) and are_parts(value):
        return read_parts(value).text
    if isinstance(value, dict) and looks_like_chat(value):
        return "\n".join(message["content"] for message in read_messages(value))
    return text_in(value)


def answer_in(value: object) -> str:
    """The answer in a text, a message, or the last of a list of messages, with its reasoning first.

    Raises UnreadableError where the assistant does not speak last.
    """
    messages = answer_messages_in(value)
    if messages[-1]["role"] != "assistant":
        raise UnreadableError(Drop.NO_ANSWER_TURN)
    return answered(messages[-1])


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
    return chosen[:same], answered(good), answered(bad)


def history_in(value: object) -> list[dict]:
    """Earlier turns, given as question-answer pairs, as messages or as a transcript."""
    value = opened(value)
    if not isinstance(value, list):
        if not text_of(value):
            return []
        if not is_transcript(value):
            raise UnreadableError(Drop.NOT_A_CHAT)
        return read_messages(value)
    pairs = [opened(pair) for pair in value]
    if all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        return [
            {"role": role, "content": text_in(text)}
            for pair in pairs
            for role, text in zip(("user", "assistant"), pair, strict=True)
        ]
    return read_messages(value)
