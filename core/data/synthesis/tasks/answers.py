"""The answers that a model gives to each task, and the examples made from them."""

import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.data.synthesis.material import Item
from core.examples.example import shape_of
from core.specs import Shape


class Answer(BaseModel):
    """An answer in JSON. All properties are required; others are ignored."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})


class Pair(Answer):
    question: str = Field(min_length=3, max_length=300)
    answer: str = Field(min_length=1, max_length=1000)


class Pairs(Answer):
    examples: list[Pair] = Field(min_length=1)


class Turn(Answer):
    user: str = Field(min_length=3, max_length=300)
    assistant: str = Field(min_length=1, max_length=700)


class Chat(Answer):
    turns: list[Turn] = Field(min_length=2, max_length=4)


class Choice(Answer):
    question: str = Field(min_length=3, max_length=300)
    good_answer: str = Field(min_length=1, max_length=800)
    poor_answer: str = Field(min_length=1, max_length=800)


class Choices(Answer):
    examples: list[Choice] = Field(min_length=1)


class Wordings(Answer):
    questions: list[Annotated[str, Field(min_length=3, max_length=300)]] = Field(min_length=1)


def pair_examples(answer: Pairs, _item: Item) -> list[dict[str, str]]:
    """Instruction examples."""
    return [{"instruction": pair.question, "input": "", "output": pair.answer} for pair in answer.examples]


def chat_examples(answer: Chat, _item: Item) -> list[dict[str, str]]:
    """One chat."""
    messages = [
        {"role": role, "content": said}
        for turn in answer.turns
        for role, said in (("user", turn.user), ("assistant", turn.assistant))
    ]
    return [{"messages": _as_json(messages), "tools": ""}]


def choice_examples(answer: Choices, _item: Item) -> list[dict[str, str]]:
    """Preference pairs."""
    return [
        {
            "messages": _as_json([{"role": "user", "content": choice.question}]),
            "chosen": choice.good_answer,
            "rejected": choice.poor_answer,
        }
        for choice in answer.examples
    ]


def reworded(answer: Wordings, item: Item) -> list[dict[str, str]]:
    """The original example with other questions."""
    return [varied(item.example, question, None) for question in answer.questions]


def rewritten(answer: Pairs, item: Item) -> list[dict[str, str]]:
    """The original example with other questions and answers."""
    return [varied(item.example, pair.question, pair.answer) for pair in answer.examples]


def varied(example: dict[str, str], question: str, answer: str | None) -> dict[str, str]:
    """`example` with another last question and, if `answer` is not None, another answer."""
    shape = shape_of(example)
    if shape is Shape.INSTRUCTION:
        new = {"instruction": question, "input": "", "output": answer or example["output"]}
        return {**example, **new}
    messages = json.loads(example["messages"])
    last = max(place for place, message in enumerate(messages) if message["role"] == "user")
    messages[last] = {**messages[last], "content": question}
    if shape is Shape.CHAT and answer:
        messages = [*messages[: last + 1], {"role": "assistant", "content": answer}]
    new = {"messages": _as_json(messages)}
    column = {Shape.PREFERENCE: "chosen", Shape.FEEDBACK: "output"}.get(shape)
    return {**example, **new, **({column: answer} if column and answer else {})}


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
