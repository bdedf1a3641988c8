"""Examples of an evaluation as rows of a new dataset: what was asked, and the reference."""

from core.examples.messages import message_from_text
from core.specs.results.evaluate import Prediction


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
