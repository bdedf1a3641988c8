"""One column of a source, judged by its name and by what is in its first rows."""

import re
from collections import Counter
from functools import cached_property

from core.examples.messages import (
    UnreadableError,
    is_dialogue,
    looks_like_chat,
    read_messages,
    spoken,
)
from core.examples.paths import opened, parts, reader
from core.examples.roles import ABOUT, TITLES, names_of, plain_name
from core.examples.speakers import flagged, is_flag, role_by_name, role_of, turns_of
from core.examples.texts import Form, judgement, number_of, text_of
from core.examples.transcripts import is_transcript

WORDS_OF_A_DOCUMENT = 5
_MANY_ASK = 0.3
_MARKS = frozenset({"score", "reward", "rating", "quality", "vote", "bewertung"})
"""Columns of these names judge only where they tell good from bad: they may hold any other figure."""
_QUESTION_MARKS = ("?", "？", "؟", ";")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.,+-]*Z?)?$")
_MAY_BE_TALK = frozenset({"data", "qa", "rounds", "exchanges", "pairs", "utterances"})
"""Columns of these names hold conversations where they hold lists of texts, or of questions with answers."""
_FEWEST_OF_CLASS, _WORDS_OF_A_CLASS = 4, 4
_MOST_NUMBERED = 20
_SOME_DIFFERENT, _MANY_DIFFERENT = 0.5, 0.7
"""The share of different values up to which short texts are labels; of single words, as names of intents are."""
_ALTERNATIVES = frozenset({
    "answer", "answers", "responses", "completions", "outputs", "replies", "candidates", "antwort", "antworten",
})  # fmt: skip
_INNER_TEXTS = ("text", "value", "content", "answer", "body", "question", "prompt")


class Column:
    """One column, or one path into one, with the values of the first rows that are not empty."""

    def __init__(self, name: str, head: list[dict], place: int = 0):
        read = reader(name)
        self.place = place
        self.name = name
        self.plain = plain_name(name)
        self.values = [value for value in map(read, head) if text_of(value) != ""]
        self.is_constant = False
        """Whether it says the same in every row, where others do not."""

    @property
    def inner_plain(self) -> str:
        """The last name of a path, or the name, in plain."""
        names = [part for part in parts(self.name) if isinstance(part, str)]
        return plain_name(names[-1]) if names else self.plain

    @property
    def is_unseen(self) -> bool:
        """Whether no row tells what it holds, so that only its name can."""
        return not self.values

    @cached_property
    def differs(self) -> bool:
        """Whether any two of its values differ."""
        return any(value != self.values[0] for value in self.values)

    @cached_property
    def comes_again(self) -> bool:
        """Whether most of its values stand in several rows."""
        counts = Counter(map(str, self.values))
        return len(counts) > 1 and sum(count > 1 for count in counts.values()) * 2 > len(counts)

    @property
    def is_all_different(self) -> bool:
        """Whether hardly any value comes twice, in more rows than a few."""
        return len(self.values) >= _FEWEST_OF_CLASS * 2 and len(set(map(str, self.values))) > len(self.values) * 0.8

    @cached_property
    def holds_chats(self) -> bool:
        is_called_so = self.plain in names_of("messages") or self.plain in _MAY_BE_TALK
        return _mostly(
            looks_like_chat(value) or is_transcript(value) or is_called_so and is_dialogue(value)
            for value in self.values
        )

    @cached_property
    def holds_transcripts(self) -> bool:
        """Whether its chats are texts, each a conversation written down."""
        return _mostly(is_transcript(value) for value in self.values)

    @cached_property
    def holds_answered_chats(self) -> bool:
        """Whether the assistant speaks in them too."""
        return self.holds_chats and _mostly("assistant" in _roles(value) for value in self.values)

    @cached_property
    def holds_open_chats(self) -> bool:
        """Whether they end with a question, to which something else is the answer."""
        return self.holds_chats and _mostly(_is_open(value) for value in self.values)

    @cached_property
    def holds_asked_chats(self) -> bool:
        """Whether the user speaks in them too."""
        return self.holds_chats and _mostly("user" in _roles(value) for value in self.values)

    @cached_property
    def holds_judgements(self) -> bool:
        judged = [judgement(value) for value in self.values]
        if {"good", "bad"} <= set(judged) and None in map(number_of, self.values):
            return _mostly(said is not None for said in judged)  # what is neither is left out and counted
        return bool(judged) and None not in judged and (self.plain not in _MARKS or len(set(judged)) > 1)

    @property
    def says_about(self) -> bool:
        """Whether its name says that it holds something about a text, such as an id or a date."""
        return is_about(self.plain)

    @cached_property
    def is_class(self) -> bool:
        """Whether it holds few different short texts: labels, which answer and never ask."""
        texts = [value for value in self.values if isinstance(value, str)]
        if len(texts) < _FEWEST_OF_CLASS or len(texts) < len(self.values) or self.questions:
            return False
        if self.is_title or self.plain in names_of("role"):  # it says who speaks
            return False
        different, longest = len(set(texts)), max(len(text.split()) for text in texts)
        return 1 < different <= len(texts) * (_MANY_DIFFERENT if longest == 1 else _SOME_DIFFERENT) and (
            longest <= _WORDS_OF_A_CLASS
        )

    @cached_property
    def is_numbered_class(self) -> bool:
        """Whether it holds few different numbers, each of which comes again: labels that are numbered."""
        numbers = {number_of(value) for value in self.values if not isinstance(value, bool)} or {0.0}
        kinds = Counter(map(str, self.values))
        is_few = 1 < len(kinds) <= min(_MOST_NUMBERED, len(self.values) * _SOME_DIFFERENT)
        return is_few and None not in numbers and all(number.is_integer() for number in numbers)

    @cached_property
    def names_speakers(self) -> bool:
        """Whether it is called as who speaks is, and holds short names that come again."""
        texts = set(map(str, self.values))
        return (
            self.plain in names_of("role")
            and self.holds_texts
            and self.words <= _WORDS_OF_A_CLASS
            and (1 < len(texts) <= len(self.values) * _SOME_DIFFERENT and not self.questions)
        )

    @property
    def speakers(self) -> list[object]:
        """Its values as the names or roles of those who speak."""
        return [flagged(self.name, value) for value in self.values] if is_flag(self.name) else self.values

    @cached_property
    def tells_speakers(self) -> bool:
        """Whether each of its cells is a known name of a speaker, and both user and assistant are among them."""
        names = self.speakers
        if len(names) < _FEWEST_OF_CLASS or not role_by_name(str(names[0])):
            return False
        texts = {name for name in names if isinstance(name, str) and len(name.split()) <= _WORDS_OF_A_CLASS}
        roles = {role_by_name(text) for text in texts}
        return {"user", "assistant"} <= roles and None not in roles and all(name in texts for name in names)

    @cached_property
    def may_be_class(self) -> bool:
        """Whether, where its name says so, its cells are classes: short texts, numbers, or lists of either."""
        opened_values = [opened(value) for value in self.values]
        parts = [part for value in opened_values for part in (value if isinstance(value, list) else [value])]
        texts = [text_of(part) for part in parts]
        return bool(texts) and None not in texts and max(len(text.split()) for text in texts) <= _WORDS_OF_A_CLASS

    @cached_property
    def holds_pairs(self) -> bool:
        """Whether every cell is a list of two texts that are sentences."""
        texts = [value for value in self.values if isinstance(value, list) and len(value) == 2]
        if len(texts) < max(2, len(self.values)) or not all(isinstance(text, str) for pair in texts for text in pair):
            return False
        return sum(len(text.split()) for pair in texts for text in pair) >= 2 * WORDS_OF_A_DOCUMENT * len(texts)

    @cached_property
    def scale(self) -> tuple[float, float] | None:
        """The lowest and the highest of its ratings, where its cells are ratings rather than good or bad."""
        numbers = [number_of(value) for value in self.values]
        is_scale = len(set(numbers)) > 1 and None not in numbers and not self.holds_judgements
        return (min(numbers), max(numbers)) if is_scale else None

    @property
    def is_title(self) -> bool:
        """Whether it stands above a text and does not ask for it."""
        return self.plain.split()[-1:] != [] and self.plain.split()[-1] in TITLES and self.questions < _MANY_ASK

    @cached_property
    def holds_texts(self) -> bool:
        """Whether its cells are words: no numbers, dates, addresses of pages, lists or objects."""
        return _mostly(_is_words(value) for value in self.values)

    @cached_property
    def words(self) -> float:
        """Words a cell, on average; a character of a script without spaces counts as half a word."""
        texts = [value for value in self.values if isinstance(value, str)]
        counts = [max(len(text.split()), 0 if text.isascii() else len(text) // 12) for text in texts]
        return sum(counts) / max(1, len(counts))

    @cached_property
    def questions(self) -> float:
        """The share of cells that end with a question mark."""
        texts = [value.rstrip() for value in self.values if isinstance(value, str)]
        return sum(text.endswith(_QUESTION_MARKS) for text in texts) / max(1, len(texts))

    @cached_property
    def path_to_text(self) -> str:
        """The name or, where most values are objects or lists of such, the path to the first text in them.

        Of a list of plain texts that is called `answers` the path to the first: the others are answers as well.
        """
        if self.is_unseen or self.holds_chats:
            return self.name
        [(path, _)] = Counter(map(_path_inside, self.values)).most_common(1)
        named = "." in path or self.plain in _ALTERNATIVES
        return self.name + path if named and _mostly(_is_nested(value) for value in self.values) else self.name

    @cached_property
    def form(self) -> Form | None:
        """How its cells become text where most are lists or objects; None where they are texts already."""
        if _mostly(isinstance(value, dict) for value in self.values):
            return Form.JSON
        if not _mostly(isinstance(value, list) for value in self.values):
            return None
        parts = [part for value in self.values if isinstance(value, list) for part in value]
        return Form.LINES if all(text_of(part) is not None for part in parts) else Form.JSON


def is_about(plain: str) -> bool:
    """Whether a column of that name says something about a text (`answer_model`; but `model_answer` is one)."""
    words = plain.split()
    return bool(set(words) & ABOUT - {"model"}) or words[-1:] == ["model"]


def _mostly(judged) -> bool:
    judged = list(judged)
    return bool(judged) and sum(judged) * 2 > len(judged)


def _roles(value: object) -> set[str]:
    try:
        return {message["role"] for message in read_messages(value)}
    except UnreadableError:  # for what is said in some of them: the row is left out later, and counted
        return {role for turn in turns_of(value) or [] if isinstance(turn, dict) and (role := role_of(turn))}


def _is_open(value: object) -> bool:
    try:
        *_, last = read_messages(value)
    except (UnreadableError, ValueError):
        return False
    return last["role"] in ("user", "tool") or not spoken(last)


def _is_words(value: object) -> bool:
    if not isinstance(value, str) or not any(map(str.isalpha, value)):
        return False
    if isinstance(opened(value), (list, dict)) or _MOMENT.match(value):
        return False
    return " " in value.strip() or not value.startswith(("http://", "https://", "/"))


def _is_nested(value: object) -> bool:
    return isinstance(opened(value), (list, dict))


def _path_inside(value: object) -> str:
    value = opened(value)
    if isinstance(value, list) and value:
        return "[0]" + _path_inside(value[0])
    if isinstance(value, dict):
        name = next((name for name in _INNER_TEXTS if name in value), None)
        return f".{name}{_path_inside(value[name])}" if name else ""
    return ""
