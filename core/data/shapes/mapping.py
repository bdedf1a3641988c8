"""Turns rows into examples, given the column of each role. Runs on every row, so plain text takes a short path."""

import re
from collections.abc import Callable

from core.data.shapes.answer_cells import answer_in, answer_messages_in, split_pair, up_to_last_learned, without_answer
from core.data.shapes.assigning.pair_names import winner
from core.data.shapes.assigning.ranked_lists import best_and_worst
from core.data.shapes.caveats import Caveat, caveats_of
from core.data.shapes.conversation_columns import MESSAGES
from core.data.shapes.detected import Detected
from core.data.shapes.prompt_cells import history_in, system_prompt_in, text_in
from core.examples.drops import Drop
from core.examples.messages import UnreadableError, message_text, read_messages, read_tools, text_with_reasoning
from core.examples.paths import opened, reader
from core.examples.roles import LABELS, SHAPE_COLUMNS, plain_name
from core.examples.texts import Form, as_form, as_json, judgement, label_text, number_of, tags_text
from core.shape import Shape

Mapped = tuple[dict[str, str] | None, Drop | None]
"""An example, or the reason to drop the row."""

_MEDIA = frozenset({"image", "images", "image path", "image url", "video", "videos", "audio", "audios"})
_MARK = re.compile(r"<\|?(?:image|video|audio)(?:_\w+)?\|?>", re.IGNORECASE)
"""The placeholder for a picture or sound in a text."""


class Mapper:
    """Makes the examples of one source."""

    def __init__(self, detected: Detected):
        mapping = self._mapping = detected.mapping
        self._good_from = detected.good_from
        labels = [label for label in LABELS if label in mapping]
        system = ["system"] if detected.shape is Shape.INSTRUCTION and "system" in mapping else []
        self._keeps_tools = detected.shape in (Shape.PREFERENCE, Shape.FEEDBACK) and "tools" in mapping
        more = [*system, *(["tools"] if self._keeps_tools else [])]
        self.columns: list[str] = [*SHAPE_COLUMNS[detected.shape], *more, *labels]
        self._media = [path for path in detected.unused if plain_name(path) in _MEDIA]
        self.caveats: set[Caveat] = set()
        """What to report about the row mapped last."""
        self._read = {role: _reader(path, detected.forms.get(role)) for role, path in mapping.items()}
        if "conversation" in mapping:  # rows of messages were assembled into conversations
            self._read["messages"] = reader(MESSAGES)
        self._labels = [(label, self._read[label]) for label in labels]
        own = SHAPE_COLUMNS[detected.shape] if detected.shape in (Shape.INSTRUCTION, Shape.TEXT) else ()
        self._texts = [(name, mapping.get(name), self._read.get(name)) for name in (*own, *system)]
        self._make = {
            Shape.INSTRUCTION: self._of_texts,
            Shape.TEXT: self._of_texts,
            Shape.CHAT: self._chat,
            Shape.PREFERENCE: self._preference,
            Shape.FEEDBACK: self._feedback,
        }[detected.shape]

    def example(self, values: dict[str, object]) -> Mapped:
        """The example in a row, or the reason to drop the row.

        Texts are not cleaned here, and an empty question or answer is kept: later steps decide.
        """
        self.caveats = set()
        try:
            example = self._make(values)
            if self._keeps_tools:
                example["tools"] = self._tools(values)
        except UnreadableError as error:
            return None, error.drop
        if self._media and self._shows_media(values, example):
            return None, Drop.MEDIA
        for label, read in self._labels:
            example[label] = tags_text(read(values)) if label == "tags" else label_text(read(values))
        return example, None

    def _shows_media(self, values: dict[str, object], example: dict[str, str]) -> bool:
        """Whether the row has media that its texts refer to: a list of them, or a placeholder in a text."""
        beside = [value for path in self._media if (value := opened(values.get(path)))]
        return any(isinstance(value, list) for value in beside) or (
            bool(beside) and any(_MARK.search(text) for text in example.values())
        )

    def _of_texts(self, values: dict[str, object]) -> dict[str, str]:
        example = {}
        for name, column, read in self._texts:
            value = values.get(column)
            if value.__class__ is not str:
                value = text_in(read(values)) if read else ""
            example[name] = value
        return example

    def _chat(self, values: dict[str, object]) -> dict[str, str]:
        messages = self._prompt(values)
        if "output" in self._read:
            if messages and messages[-1]["role"] == "assistant" and not message_text(messages[-1]):
                messages.pop()  # a placeholder for the answer
            messages += answer_messages_in(self._read["output"](values))
        learned = up_to_last_learned(messages)
        if all(message["role"] != "user" for message in learned):
            raise UnreadableError(Drop.NO_USER_TURN)
        self.caveats = caveats_of(learned, messages)
        return {"messages": as_json(learned), "tools": self._tools(values)}

    def _tools(self, values: dict[str, object]) -> str:
        return read_tools(self._read["tools"](values)) if "tools" in self._read else ""

    def _preference(self, values: dict[str, object]) -> dict[str, str]:
        chosen, rejected = self._read["chosen"](values), self._read["rejected"](values)
        if "winner" in self._read and self._mapping["chosen"] == self._mapping["rejected"]:
            figures = self._read["winner"](values)
            if not (found := best_and_worst(chosen, figures, self._mapping["winner"])):
                raise UnreadableError(Drop.NO_WINNER)
            chosen, rejected = found
        elif "winner" in self._read:
            place = winner(self._read["winner"](values), self._mapping["chosen"], self._mapping["rejected"])
            if place not in (0, 1):
                raise UnreadableError(Drop.NO_WINNER)
            chosen, rejected = (rejected, chosen) if place else (chosen, rejected)
        if "messages" in self._read or "instruction" in self._read:
            asked = without_answer(self._prompt(values))
            good, bad = answer_in(chosen), answer_in(rejected)
        else:
            asked, good, bad = split_pair(read_messages(chosen), read_messages(rejected))
            asked = self._with_system(asked, values)
        if not good.strip() or not bad.strip():
            raise UnreadableError(Drop.NO_OUTPUT)
        if good == bad:
            raise UnreadableError(Drop.SAME_ANSWERS)
        return {"messages": as_json(asked), "chosen": good, "rejected": bad}

    def _feedback(self, values: dict[str, object]) -> dict[str, str]:
        label = self._judged(self._read["label"](values))
        if label is None:
            raise UnreadableError(Drop.NO_LABEL)
        messages = self._prompt(values)
        if "output" in self._read:
            asked, answer = without_answer(messages), answer_in(self._read["output"](values))
        elif messages and messages[-1]["role"] == "assistant":
            asked, answer = without_answer(messages[:-1]), text_with_reasoning(messages[-1])
        else:
            raise UnreadableError(Drop.NO_ANSWER_TURN)
        return {"messages": as_json(asked), "output": answer, "label": label}

    def _judged(self, value: object) -> str | None:
        if self._good_from is None:
            return judgement(value)
        rating = number_of(value)
        return None if rating is None else "good" if rating >= self._good_from else "bad"

    def _prompt(self, values: dict[str, object]) -> list[dict]:
        if "messages" in self._read:
            return self._with_system(read_messages(self._read["messages"](values)), values)
        asked = text_in(self._read["instruction"](values))
        more = text_in(self._read["input"](values)) if "input" in self._read else ""
        earlier = history_in(self._read["history"](values)) if "history" in self._read else []
        question = {"role": "user", "content": f"{asked}\n{more}" if more else asked}
        return self._with_system([*earlier, question], values)

    def _with_system(self, messages: list[dict], values: dict[str, object]) -> list[dict]:
        system = system_prompt_in(self._read["system"](values)) if "system" in self._read else ""
        if not system or messages and messages[0]["role"] == "system":
            return messages
        return [{"role": "system", "content": system}, *messages]


def _reader(path: str, form: Form | None) -> Callable[[dict], object]:
    read = reader(path)
    return (lambda values: as_form(read(values), form)) if form else read
