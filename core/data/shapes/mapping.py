"""Turns rows into examples, given which column plays which role. Called for every row, so plain rows cost little."""

import re
from collections.abc import Callable

from core.data.shapes.detecting import Detected
from core.data.shapes.message_rows import MESSAGES
from core.data.shapes.remarks import Remark, remarks_on
from core.data.shapes.versus import best_and_worst, winner
from core.examples.drops import Drop
from core.examples.messages import UnreadableError, answered, looks_like_chat, read_messages, read_tools, spoken
from core.examples.parts import are_parts, read_parts
from core.examples.paths import opened, reader
from core.examples.roles import LABELS, SHAPE_COLUMNS, plain_name
from core.examples.texts import Form, as_form, as_json, judgement, label_text, number_of, tags_text, text_of
from core.examples.transcripts import is_transcript, without_end
from core.specs import Shape

Mapped = tuple[dict[str, str] | None, Drop | None]


_MEDIA = frozenset({"image", "images", "image path", "image url", "video", "videos", "audio", "audios"})
_MARK = re.compile(r"<\|?(?:image|video|audio)(?:_\w+)?\|?>", re.IGNORECASE)
"""Where a picture or sound stands in a text."""


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
        self.remarks: set[Remark] = set()
        """What is worth telling of the row that was mapped last."""
        self._read = {role: _reader(path, detected.forms.get(role)) for role, path in mapping.items()}
        if "conversation" in mapping:  # the rows were messages, and are conversations by now
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
        """The example in a row's values, or the reason why there is none. Texts are as they stand: nothing is cleaned,
        and an empty question or answer is no reason here."""
        self.remarks = set()
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
        """Whether the row has pictures that its texts speak of: a list of them, or a mark where one goes."""
        beside = [value for path in self._media if (value := opened(values.get(path)))]
        return any(isinstance(value, list) for value in beside) or (
            bool(beside) and any(_MARK.search(text) for text in example.values())
        )

    def _of_texts(self, values: dict[str, object]) -> dict[str, str]:
        example = {}
        for name, column, read in self._texts:
            value = values.get(column)
            if value.__class__ is not str:
                value = _text(read(values)) if read else ""
            example[name] = value
        return example

    def _chat(self, values: dict[str, object]) -> dict[str, str]:
        messages = self._prompt(values)
        if "output" in self._read:
            if messages and messages[-1]["role"] == "assistant" and not spoken(messages[-1]):
                messages.pop()  # where the answer is to stand
            messages += _answer_messages(self._read["output"](values))
        learned = _up_to_last_answer(messages)
        if all(message["role"] != "user" for message in learned):
            raise UnreadableError(Drop.NO_USER_TURN)
        self.remarks = remarks_on(learned, messages)
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
            asked = _without_answer(self._prompt(values))
            good, bad = _answer(chosen), _answer(rejected)
        else:
            asked, good, bad = _parted(read_messages(chosen), read_messages(rejected))
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
            asked, answer = _without_answer(messages), _answer(self._read["output"](values))
        elif messages and messages[-1]["role"] == "assistant":
            asked, answer = _without_answer(messages[:-1]), answered(messages[-1])
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
        asked = _text(self._read["instruction"](values))
        more = _text(self._read["input"](values)) if "input" in self._read else ""
        earlier = _history(self._read["history"](values)) if "history" in self._read else []
        question = {"role": "user", "content": f"{asked}\n{more}" if more else asked}
        return self._with_system([*earlier, question], values)

    def _with_system(self, messages: list[dict], values: dict[str, object]) -> list[dict]:
        system = _instruction_in(self._read["system"](values)) if "system" in self._read else ""
        if not system or messages and messages[0]["role"] == "system":
            return messages
        return [{"role": "system", "content": system}, *messages]


def _reader(path: str, form: Form | None) -> Callable[[dict], object]:
    read = reader(path)
    return (lambda values: as_form(read(values), form)) if form else read


def _text(value: object) -> str:
    text = text_of(value)
    if text is None:
        raise UnreadableError(Drop.NOT_TEXT)
    return text


def _instruction_in(value: object) -> str:
    """A system prompt: a text, parts of one, or a message."""
    value = opened(value)
    if isinstance(value, list) and are_parts(value):
        return read_parts(value).text
    if isinstance(value, dict) and looks_like_chat(value):
        return "\n".join(message["content"] for message in read_messages(value))
    return _text(value)


def _answer(value: object) -> str:
    """An answer that is a text, a message, or a list of messages whose last one it is, after what it was thought."""
    messages = _answer_messages(value)
    if messages[-1]["role"] != "assistant":
        raise UnreadableError(Drop.NO_ANSWER_TURN)
    return answered(messages[-1])


def _answer_messages(value: object) -> list[dict]:
    """An answer that is a text, a message, or the messages from the first answer on: calls, results, the last word."""
    if isinstance(value, str) and not looks_like_chat(value):
        return [{"role": "assistant", "content": without_end(value)}]
    if not isinstance(value, (str, list, dict)):
        return [{"role": "assistant", "content": _text(value)}]
    messages = read_messages(value)
    if not any(message["role"] == "assistant" for message in messages):
        raise UnreadableError(Drop.NO_ANSWER_TURN)
    while messages[0]["role"] != "assistant":  # a question stands there a second time
        messages = messages[1:]
    return messages


def _up_to_last_answer(messages: list[dict]) -> list[dict]:
    """The messages without those at the end that teach nothing: questions left open, answers of weight 0."""
    answers = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    if not answers:
        raise UnreadableError(Drop.NO_ANSWER_TURN)
    learned = [place for place in answers if messages[place].get("weight") != 0]
    if not learned:
        raise UnreadableError(Drop.NO_WEIGHT)
    return messages[: learned[-1] + 1]


def _without_answer(messages: list[dict]) -> list[dict]:
    """A prompt ends with what is asked: an answer that stands there too is not part of it."""
    while messages and messages[-1]["role"] == "assistant":
        messages = messages[:-1]
    return messages


def _parted(chosen: list[dict], rejected: list[dict]) -> tuple[list[dict], str, str]:
    """What two whole conversations have in common, and the two answers in which they part."""
    pairs = zip(chosen, rejected, strict=False)
    same = next((number for number, (one, other) in enumerate(pairs) if one != other), min(len(chosen), len(rejected)))
    if same >= len(chosen) or same >= len(rejected):
        raise UnreadableError(Drop.SAME_ANSWERS if len(chosen) == len(rejected) else Drop.DIFFERENT_PROMPTS)
    good, bad = chosen[same], rejected[same]
    if not good["role"] == bad["role"] == "assistant":
        raise UnreadableError(Drop.DIFFERENT_PROMPTS)
    return chosen[:same], answered(good), answered(bad)


def _history(value: object) -> list[dict]:
    """Earlier turns: pairs of question and answer, or messages."""
    value = opened(value)
    if not isinstance(value, list):
        if text_of(value):
            return read_messages(value) if is_transcript(value) else _no_history()
        return []
    pairs = [opened(pair) for pair in value]
    if all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        return [
            {"role": role, "content": _text(text)}
            for pair in pairs
            for role, text in zip(("user", "assistant"), pair, strict=True)
        ]
    return read_messages(value)


def _no_history() -> list[dict]:
    raise UnreadableError(Drop.NOT_A_CHAT)
