"""Examples as they are stored, read back: the conversation, the question, the answer, whatever the shape."""

import json
from collections.abc import Container

from core.data.shapes.messages import spoken
from core.errors import InputError
from core.jobs import Shape


def shape_of(columns: Container[str]) -> Shape:
    """The shape of a stored dataset, or of one example, by its columns. Raises InputError when it has none."""
    if "instruction" in columns and "output" in columns:
        return Shape.INSTRUCTION
    if "messages" in columns:
        if "chosen" in columns and "rejected" in columns:
            return Shape.PREFERENCE
        return Shape.FEEDBACK if "label" in columns and "output" in columns else Shape.CHAT
    if "text" in columns:
        return Shape.TEXT
    raise InputError(
        "The columns are those of no prepared dataset: there is no instruction and output, no messages and no text.",
        "Run prepare on the data first; it finds out what the columns are.",
    )


def conversation(example: dict) -> list[dict]:
    """All messages of an example, its answer last; a text is one message of the assistant."""
    if shape_of(example) is Shape.CHAT:
        return json.loads(example["messages"])
    asked, answer = asked_and_answered(example)
    return [*asked, {"role": "assistant", "content": answer}]


def asked_and_answered(example: dict) -> tuple[list[dict], str]:
    """The messages that ask for an example's answer, and that answer.

    The answer of a chat is its last turn of the assistant, of a preference pair the chosen one; a text is all answer.
    """
    shape = shape_of(example)
    if shape is Shape.TEXT:
        return [], example["text"]
    if shape is Shape.INSTRUCTION:
        content = example["instruction"]
        if example.get("input"):
            content += "\n" + example["input"]
        system = [{"role": "system", "content": example["system"]}] if example.get("system") else []
        return [*system, {"role": "user", "content": content}], example["output"]
    messages = json.loads(example["messages"])
    if shape is Shape.CHAT:
        return messages[:-1], spoken(messages[-1])
    return messages, example["chosen" if shape is Shape.PREFERENCE else "output"]


def question_text(example: dict) -> str:
    """What is asked, as plain text: all turns before the answer, without the system prompt."""
    if "instruction" in example and "output" in example:
        return f"{example['instruction']}\n{example['input']}" if example.get("input") else example["instruction"]
    asked, _ = asked_and_answered(example)
    return "\n".join(spoken(message) for message in asked if message["role"] != "system")


def answer_text(example: dict) -> str:
    """The answer as plain text; of a text, all of it."""
    if "instruction" in example and "output" in example:
        return example["output"]
    return asked_and_answered(example)[1]
