"""A synthesis task: builds the prompt and reads the examples out of the answer."""

from collections.abc import Callable
from dataclasses import dataclass

from core.data.synthesis.material import Item
from core.data.synthesis.tasks.answers import Answer
from core.errors import InputError
from core.examples.example import asked_and_answered
from core.specs import SynthesizeSpec

_TOKENS_PER_EXAMPLE = 120
"""About the length of one question with its answer; it limits how many fit into one answer of the model."""


@dataclass(frozen=True)
class Task:
    """One way of making examples. `most` is the largest number of examples in one answer."""

    answer: type[Answer]
    prompt: str
    form: str
    """An example of the JSON, for the prompt."""
    examples: Callable[[Answer, Item], list[dict[str, str]]]
    most: int
    counted: str | None
    """The property whose list holds the examples."""

    def how_many(self, spec: SynthesizeSpec, items: int) -> int:
        """How many examples to ask for at a time, given the number of items to write about."""
        wanted = -(-spec.num_samples // max(items, 1))
        return max(1, min(wanted, self.most, spec.max_new_tokens // _TOKENS_PER_EXAMPLE))

    def schema(self, count: int) -> dict:
        """The JSON schema of an answer with up to `count` examples."""
        schema = self.answer.model_json_schema()
        if self.counted:
            schema["properties"][self.counted]["maxItems"] = count
        return schema

    def question(self, spec: SynthesizeSpec, item: Item, count: int, earlier: list[str]) -> str:
        """The prompt. `earlier` are questions about this item that were written before."""
        what = self.prompt.format(count=count, s="" if count == 1 else "s", language=spec.language)
        parts = [what, _shown(item)]
        if earlier:
            parts.append("Do not ask these again:\n" + "\n".join(f"- {question}" for question in earlier))
        return "\n\n".join([*parts, f"Answer with JSON only, in this form: {self.form}"])

    def read(self, text: str, item: Item) -> list[dict[str, str]] | None:
        """The examples in a model's answer, as they are stored; None if it has no valid JSON.

        Ignores text around the JSON. From an answer that was cut off, it takes the complete examples.
        """
        for candidate in _json_objects(text):
            try:
                return self.examples(self.answer.model_validate_json(candidate), item)
            except ValueError:
                continue
        return None


def _json_objects(text: str):
    """The parts of a text that may be the JSON object: from the first brace to the last, then to earlier ones, with the
    brackets closed that a truncated answer leaves open."""
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
    """The last question of an example, and its answer. Raises InputError for plain text, which has none."""
    asked, answer = asked_and_answered(example)
    if not asked:
        raise InputError("A dataset of plain text has no questions to vary.", "Vary a dataset of questions or chats.")
    return asked[-1]["content"], answer
