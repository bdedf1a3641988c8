"""What a model is asked to write: the prompt of each task, the JSON it must answer with, and the examples in that.

Prompts are plain and short: small models follow them, large ones need no more.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.data.synthesis.material import Item
from core.errors import InputError
from core.examples.example import asked_and_answered, shape_of
from core.specs import Shape, SynthesizeSpec

_TOKENS_OF_AN_EXAMPLE = 120
"""About what one question with its answer takes: how many fit into one answer of the model follows from it."""


class _Answer(BaseModel):
    """Every property is wanted, more are overlooked."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})


class _Pair(_Answer):
    question: str = Field(min_length=3, max_length=300)
    answer: str = Field(min_length=1, max_length=1000)


class _Pairs(_Answer):
    examples: list[_Pair] = Field(min_length=1)


class _Turn(_Answer):
    user: str = Field(min_length=3, max_length=300)
    assistant: str = Field(min_length=1, max_length=700)


class _Chat(_Answer):
    turns: list[_Turn] = Field(min_length=2, max_length=4)


class _Choice(_Answer):
    question: str = Field(min_length=3, max_length=300)
    good_answer: str = Field(min_length=1, max_length=800)
    poor_answer: str = Field(min_length=1, max_length=800)


class _Choices(_Answer):
    examples: list[_Choice] = Field(min_length=1)


class _Wordings(_Answer):
    questions: list[Annotated[str, Field(min_length=3, max_length=300)]] = Field(min_length=1)


@dataclass(frozen=True)
class Task:
    """One way of making examples. `most` is how many one answer may hold."""

    answer: type[_Answer]
    prompt: str
    form: str
    """What the JSON looks like, in words that a model understands."""
    examples: Callable[[_Answer, Item], list[dict[str, str]]]
    most: int
    counted: str | None
    """The property whose list has as many items as examples are asked for."""

    def how_many(self, spec: SynthesizeSpec, items: int) -> int:
        """How many examples to ask for at a time, where there are `items` things to write about."""
        wanted = -(-spec.num_samples // max(items, 1))
        return max(1, min(wanted, self.most, spec.max_new_tokens // _TOKENS_OF_AN_EXAMPLE))

    def schema(self, count: int) -> dict:
        """The JSON schema of an answer with up to `count` examples."""
        schema = self.answer.model_json_schema()
        if self.counted:
            schema["properties"][self.counted]["maxItems"] = count
        return schema

    def question(self, spec: SynthesizeSpec, item: Item, count: int, earlier: list[str]) -> str:
        """The whole prompt. `earlier` are questions that exist already about this item."""
        what = self.prompt.format(count=count, s="" if count == 1 else "s", language=spec.language)
        parts = [what, _shown(item)]
        if earlier:
            parts.append("Do not ask these again:\n" + "\n".join(f"- {question}" for question in earlier))
        return "\n\n".join([*parts, f"Answer with JSON only, in this form: {self.form}"])

    def read(self, text: str, item: Item) -> list[dict[str, str]] | None:
        """The examples in a model's answer, as they are stored; None when it holds no JSON of the right form.

        What stands around the JSON is overlooked, and of an answer that was cut off the whole part is taken.
        """
        for candidate in _json_objects(text):
            try:
                return self.examples(self.answer.model_validate_json(candidate), item)
            except ValueError:
                continue
        return None


def _json_objects(text: str):
    """The parts of a text that may be the JSON object: from its first brace to its last, then to earlier ones with the
    brackets closed that an answer that was cut off leaves open."""
    start = text.find("{")
    ends = [place + 1 for place, character in enumerate(text) if character == "}"][::-1]
    for end in ends[:3] if start >= 0 else ():
        for closing in ("", "]}"):
            yield text[start:end] + closing


def _shown(item: Item) -> str:
    if item.example is None:
        return f"Passage:\n{item.text}"
    asked, answer = _one_question(item.example)
    return f"Question:\n{asked}\n\nAnswer:\n{answer}"


def _one_question(example: dict[str, str]) -> tuple[str, str]:
    """The last question of an example, and the answer to it. Raises InputError for a text, which asks nothing."""
    asked, answer = asked_and_answered(example)
    if not asked:
        raise InputError("A dataset of plain text has no questions to vary.", "Vary a dataset of questions or chats.")
    return asked[-1]["content"], answer


def _pair_examples(answer: _Pairs, _item: Item) -> list[dict[str, str]]:
    return [{"instruction": pair.question, "input": "", "output": pair.answer} for pair in answer.examples]


def _chat_examples(answer: _Chat, _item: Item) -> list[dict[str, str]]:
    messages = [
        {"role": role, "content": said}
        for turn in answer.turns
        for role, said in (("user", turn.user), ("assistant", turn.assistant))
    ]
    return [{"messages": _as_json(messages), "tools": ""}]


def _choice_examples(answer: _Choices, _item: Item) -> list[dict[str, str]]:
    return [
        {
            "messages": _as_json([{"role": "user", "content": choice.question}]),
            "chosen": choice.good_answer,
            "rejected": choice.poor_answer,
        }
        for choice in answer.examples
    ]


def _reworded(answer: _Wordings, item: Item) -> list[dict[str, str]]:
    return [varied(item.example, question, None) for question in answer.questions]


def _rewritten(answer: _Pairs, item: Item) -> list[dict[str, str]]:
    return [varied(item.example, pair.question, pair.answer) for pair in answer.examples]


def varied(example: dict[str, str], question: str, answer: str | None) -> dict[str, str]:
    """`example` with another last question and, if one is given, another answer; its own otherwise."""
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


_PAIR_FORM = '{"examples": [{"question": "…", "answer": "…"}]}'
TASKS: dict[str, Task] = {
    "questions": Task(
        _Pairs,
        "Write {count} question{s} that somebody could ask who has never seen the passage below, each with its full "
        "answer. Name what you ask about. Use only what the passage says; write in the language of the passage.",
        _PAIR_FORM, _pair_examples, most=5, counted="examples",
    ),
    "chats": Task(
        _Chat,
        "Write a conversation of two to four turns between a user, who has never seen the passage below, and an "
        "assistant, who answers from it. Later questions follow up on earlier answers. Use only what the passage says; "
        "write in the language of the passage.",
        '{"turns": [{"user": "…", "assistant": "…"}]}', _chat_examples, most=1, counted=None,
    ),
    "preferences": Task(
        _Choices,
        "Write {count} question{s} that somebody could ask who has never seen the passage below, each with a good "
        "answer, correct and complete by the passage, and a poor one that is wrong, vague or incomplete. Write in the "
        "language of the passage.",
        '{"examples": [{"question": "…", "good_answer": "…", "poor_answer": "…"}]}',
        _choice_examples, most=4, counted="examples",
    ),
    "paraphrase": Task(
        _Wordings,
        "Write {count} other way{s} to ask the question below: the same meaning and the same answer, other words.",
        '{"questions": ["…"]}', _reworded, most=5, counted="questions",
    ),
    "translate": Task(
        _Pairs,
        "Translate the question and the answer below into {language}. Keep names, numbers and code as they are.",
        _PAIR_FORM, _rewritten, most=1, counted="examples",
    ),
    "harder": Task(
        _Pairs,
        "Write {count} harder question{s} than the one below, about the same matter: with a condition, a comparison, "
        "or a further step of thought. Give the full, correct answer to each.",
        _PAIR_FORM, _rewritten, most=3, counted="examples",
    ),
}  # fmt: skip
