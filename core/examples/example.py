"""Reads stored examples of any shape: the conversation, the question, the answer."""

import json
from collections.abc import Container, Sequence

from core.errors import InputError
from core.examples.messages import message_from_text, message_text
from core.shape import Shape

_ANSWERS = {
    Shape.INSTRUCTION: "output",
    Shape.PREFERENCE: "chosen",
    Shape.FEEDBACK: "output",
    Shape.TEXT: "text",
}

MOST_LABELS, LONGEST_LABEL_WORDS = 200, 5


def shape_of(columns: Container[str]) -> Shape:
    """The shape of a stored dataset or of one example, by its columns. Raises InputError if they match none."""
    if "instruction" in columns and "output" in columns:
        return Shape.INSTRUCTION
    if "messages" in columns:
        if "chosen" in columns and "rejected" in columns:
            return Shape.PREFERENCE
        return Shape.FEEDBACK if "label" in columns and "output" in columns else Shape.CHAT
    if "text" in columns:
        return Shape.TEXT
    raise InputError(
        "The columns are not those of a prepared dataset: instruction and output, messages, or text.",
        "Run prepare on the data first; it detects what the columns are.",
    )


def conversation(example: dict) -> list[dict]:
    """All messages of an example, its answer last; a text is a single assistant message."""
    if shape_of(example) is Shape.CHAT:
        return json.loads(example["messages"])
    asked, answer = asked_and_answered(example)
    return [*asked, message_from_text(answer) if example.get("tools") else {"role": "assistant", "content": answer}]


def tools_of(example: dict) -> list[dict]:
    """The definitions of the tools that an example offers."""
    return json.loads(example.get("tools") or "[]")


def messages_of(example: dict) -> list[dict]:
    """The messages that ask for an example's answer; none for a text. An instruction needs no `output` for this."""
    if "instruction" in example:
        content = example["instruction"]
        if example.get("input"):
            content += "\n" + example["input"]
        system = [{"role": "system", "content": example["system"]}] if example.get("system") else []
        return [*system, {"role": "user", "content": content}]
    if shape_of(example) is Shape.TEXT:
        return []
    messages = json.loads(example["messages"])
    return messages[:-1] if shape_of(example) is Shape.CHAT else messages


def asked_and_answered(example: dict) -> tuple[list[dict], str]:
    """The messages that ask for an example's answer, and the answer itself.

    A chat's answer is its last assistant turn, a preference pair's the chosen one; a text is all answer.
    """
    shape = shape_of(example)
    if shape is Shape.CHAT:
        messages = json.loads(example["messages"])
        return messages[:-1], message_text(messages[-1])
    return messages_of(example), example[_ANSWERS[shape]]


def is_worth_learning(example: dict) -> bool:
    """False for an answer that feedback calls bad."""
    return example.get("label") != "bad"


def question_text(example: dict) -> str:
    """The question as plain text: all turns before the answer, without the system prompt."""
    if "instruction" in example and "output" in example:
        return f"{example['instruction']}\n{example['input']}" if example.get("input") else example["instruction"]
    return "\n".join(message_text(message) for message in messages_of(example) if message["role"] != "system")


def answer_text(example: dict) -> str:
    """The answer as plain text; all of a text."""
    if "instruction" in example and "output" in example:
        return example["output"]
    return asked_and_answered(example)[1]


def are_labels(answers: Sequence[str]) -> bool:
    """Whether answers are class labels: few, short, and each used by two examples or more on average."""
    labels = set(answers)
    if not 2 <= len(labels) <= min(MOST_LABELS, len(answers) / 2):
        return False
    return max(len(label.split()) for label in labels) <= LONGEST_LABEL_WORDS


def reasoning_text(example: dict) -> str:
    """The assistant's reasoning in a conversation as plain text; "" without any."""
    if '"reasoning_content"' not in example.get("messages", ""):
        return ""
    return "\n".join(message.get("reasoning_content", "") for message in json.loads(example["messages"]))
