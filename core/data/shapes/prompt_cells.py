"""Reads the parts of a prompt in single cells: texts, system prompts, earlier turns."""

from core.examples.drops import Drop
from core.examples.messages import UnreadableError, looks_like_chat, read_messages
from core.examples.parts import are_parts, read_parts
from core.examples.paths import opened
from core.examples.texts import text_of
from core.examples.transcripts import is_transcript


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
