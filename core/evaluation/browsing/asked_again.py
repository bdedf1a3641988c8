"""What an example of an evaluation asked: in full, and with the reference as a row of a new dataset."""

from core.examples.messages import message_from_text, message_text
from core.examples.texts import as_json
from core.specs.results.evaluate import Prediction


def asked_in_full(asked: Prediction) -> list[tuple[str, str]]:
    """Each turn with its role, then each tool that was offered; none of a single question."""
    turns = [(str(turn.get("role", "")), _said(turn)) for turn in asked.messages]
    return turns + [("tool offered", as_json(tool)) for tool in asked.tools]


def _said(turn: dict) -> str:
    content = turn.get("content") or ""
    return message_text(turn | {"content": content if isinstance(content, str) else as_json(content)})


def row_of(asked: Prediction, *more_tags: str) -> dict:
    """What preparing a file reads as an instruction, a conversation or a text, with the labels of the example."""
    tags = ", ".join(dict.fromkeys((*asked.tags, *more_tags)))
    labels = {"topic": asked.topic, "source": asked.source, "tags": tags}
    kept = {name: value for name, value in labels.items() if value}
    if not asked.predictions:  # plain text asks nothing
        return {"text": asked.reference} | kept
    if asked.messages or asked.tools:
        question = "\n".join(part for part in (asked.instruction, asked.input) if part)
        messages = asked.messages or [{"role": "user", "content": question}]
        tools = {"tools": asked.tools} if asked.tools else {}
        return {"messages": [*messages, message_from_text(asked.reference)]} | tools | kept
    return {"instruction": asked.instruction, "input": asked.input, "output": asked.reference} | kept
