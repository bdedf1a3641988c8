"""One column of a source, judged by its name and by its values in the first rows."""

from collections import Counter
from functools import cached_property

from core.data.shapes.columns.cells import is_nested, is_unanswered, is_words, mostly, path_inside, roles_in
from core.examples.messages import is_dialogue, looks_like_chat
from core.examples.paths import opened, parts, reader
from core.examples.roles import ABOUT, TITLES, names_of, plain_name
from core.examples.speakers import flagged, is_flag, role_by_name
from core.examples.texts import Form, judgement, number_of, text_of
from core.examples.transcripts import is_transcript

WORDS_OF_A_DOCUMENT = 5
_MANY_ASK = 0.3
_MARKS = frozenset({"score", "reward", "rating", "quality", "vote", "bewertung"})
"""Columns with these names may hold any figure: they count as judgements only if some are good and some bad."""
_QUESTION_MARKS = ("?", "？", "؟", ";")
_MAY_BE_TALK = frozenset({"data", "qa", "rounds", "exchanges", "pairs", "utterances"})
"""In columns with these names, lists of texts or of question-answer pairs count as conversations."""
_FEWEST_OF_CLASS, _WORDS_OF_A_CLASS = 4, 4
_MOST_NUMBERED = 20
_SOME_DIFFERENT, _MANY_DIFFERENT = 0.5, 0.7
"""Short texts are labels if at most this share is distinct; single words, such as intent names, may vary more."""
_ALTERNATIVES = frozenset({
    "answer", "answers", "responses", "completions", "outputs", "replies", "candidates", "antwort", "antworten",
})  # fmt: skip


class Column:
    """A column, or a path into one, with its non-empty values in the first rows."""

    def __init__(self, name: str, head: list[dict], place: int = 0):
        read = reader(name)
        self.place = place
        self.name = name
        self.plain = plain_name(name)
        self.values = [value for value in map(read, head) if text_of(value) != ""]
        self.is_constant = False
        """Whether it has the same value in every row while other columns vary; set by `Table`."""

    @property
    def inner_plain(self) -> str:
        """The last name in the path, normalized by `plain_name`."""
        names = [part for part in parts(self.name) if isinstance(part, str)]
        return plain_name(names[-1]) if names else self.plain

    @property
    def is_unseen(self) -> bool:
        """Whether no row has a value, so that only the name says what it holds."""
        return not self.values

    @cached_property
    def differs(self) -> bool:
        """Whether any two values differ."""
        return any(value != self.values[0] for value in self.values)

    @cached_property
    def repeats(self) -> bool:
        """Whether most values appear in several rows."""
        counts = Counter(map(str, self.values))
        return len(counts) > 1 and sum(count > 1 for count in counts.values()) * 2 > len(counts)

    @property
    def is_all_different(self) -> bool:
        """Whether almost every value is unique, given enough rows to tell."""
        return len(self.values) >= _FEWEST_OF_CLASS * 2 and len(set(map(str, self.values))) > len(self.values) * 0.8

    @cached_property
    def holds_chats(self) -> bool:
        """Whether most values are conversations: lists of messages, or transcripts."""
        is_called_so = self.plain in names_of("messages") or self.plain in _MAY_BE_TALK
        return mostly(
            looks_like_chat(value) or is_transcript(value) or is_called_so and is_dialogue(value)
            for value in self.values
        )

    @cached_property
    def holds_transcripts(self) -> bool:
        """Whether its conversations are written out as text (`User: … Assistant: …`)."""
        return mostly(is_transcript(value) for value in self.values)

    @cached_property
    def holds_answered_chats(self) -> bool:
        """Whether the assistant speaks in its conversations."""
        return self.holds_chats and mostly("assistant" in roles_in(value) for value in self.values)

    @cached_property
    def holds_unanswered_chats(self) -> bool:
        """Whether its conversations end with a question that another column answers."""
        return self.holds_chats and mostly(is_unanswered(value) for value in self.values)

    @cached_property
    def holds_chats_with_user(self) -> bool:
        """Whether the user speaks in its conversations."""
        return self.holds_chats and mostly("user" in roles_in(value) for value in self.values)

    @cached_property
    def holds_judgements(self) -> bool:
        """Whether its values say good or bad; ratings on a scale do not count, see `scale`."""
        judged = [judgement(value) for value in self.values]
        if {"good", "bad"} <= set(judged) and None in map(number_of, self.values):
            return mostly(said is not None for said in judged)  # rows that say neither are dropped and counted
        return bool(judged) and None not in judged and (self.plain not in _MARKS or len(set(judged)) > 1)

    @property
    def is_metadata(self) -> bool:
        """Whether its name says that it describes a text, such as an id or a date."""
        return is_metadata_name(self.plain)

    @cached_property
    def is_class(self) -> bool:
        """Whether it holds a few distinct short texts: class labels, which can be answers but never questions."""
        texts = [value for value in self.values if isinstance(value, str)]
        if len(texts) < _FEWEST_OF_CLASS or len(texts) < len(self.values) or self.questions:
            return False
        if self.is_title or self.plain in names_of("role"):  # speakers repeat as labels do
            return False
        different, longest = len(set(texts)), max(len(text.split()) for text in texts)
        return 1 < different <= len(texts) * (_MANY_DIFFERENT if longest == 1 else _SOME_DIFFERENT) and (
            longest <= _WORDS_OF_A_CLASS
        )

    @cached_property
    def is_numbered_class(self) -> bool:
        """Whether it holds a few distinct whole numbers that repeat: numbered class labels."""
        numbers = {number_of(value) for value in self.values if not isinstance(value, bool)} or {0.0}
        kinds = Counter(map(str, self.values))
        is_few = 1 < len(kinds) <= min(_MOST_NUMBERED, len(self.values) * _SOME_DIFFERENT)
        return is_few and None not in numbers and all(number.is_integer() for number in numbers)

    @cached_property
    def names_speakers(self) -> bool:
        """Whether its name means a speaker and it holds short names that repeat."""
        texts = set(map(str, self.values))
        return (
            self.plain in names_of("role")
            and self.holds_texts
            and self.words <= _WORDS_OF_A_CLASS
            and (1 < len(texts) <= len(self.values) * _SOME_DIFFERENT and not self.questions)
        )

    @property
    def speakers(self) -> list[object]:
        """Its values as speaker names or roles; flags (`is_user`) are turned into roles."""
        return [flagged(self.name, value) for value in self.values] if is_flag(self.name) else self.values

    @cached_property
    def tells_speakers(self) -> bool:
        """Whether every value is a known speaker name, with both the user and the assistant among them."""
        names = self.speakers
        if len(names) < _FEWEST_OF_CLASS or not role_by_name(str(names[0])):
            return False
        texts = {name for name in names if isinstance(name, str) and len(name.split()) <= _WORDS_OF_A_CLASS}
        roles = {role_by_name(text) for text in texts}
        return {"user", "assistant"} <= roles and None not in roles and all(name in texts for name in names)

    @cached_property
    def may_be_class(self) -> bool:
        """Whether its values could be class labels: short texts, numbers, or lists of either."""
        opened_values = [opened(value) for value in self.values]
        parts = [part for value in opened_values for part in (value if isinstance(value, list) else [value])]
        texts = [text_of(part) for part in parts]
        return bool(texts) and None not in texts and max(len(text.split()) for text in texts) <= _WORDS_OF_A_CLASS

    @cached_property
    def holds_pairs(self) -> bool:
        """Whether every value is a list of two texts, sentences on average."""
        texts = [value for value in self.values if isinstance(value, list) and len(value) == 2]
        if len(texts) < max(2, len(self.values)) or not all(isinstance(text, str) for pair in texts for text in pair):
            return False
        return sum(len(text.split()) for pair in texts for text in pair) >= 2 * WORDS_OF_A_DOCUMENT * len(texts)

    @cached_property
    def scale(self) -> tuple[float, float] | None:
        """The lowest and highest rating, if its values are ratings; None if they say good or bad, or no number."""
        numbers = [number_of(value) for value in self.values]
        is_scale = len(set(numbers)) > 1 and None not in numbers and not self.holds_judgements
        return (min(numbers), max(numbers)) if is_scale else None

    @property
    def is_title(self) -> bool:
        """Whether it is the title of a text rather than a question."""
        return self.plain.split()[-1:] != [] and self.plain.split()[-1] in TITLES and self.questions < _MANY_ASK

    @cached_property
    def holds_texts(self) -> bool:
        """Whether most values are prose: not numbers, dates, URLs, lists or objects."""
        return mostly(is_words(value) for value in self.values)

    @cached_property
    def words(self) -> float:
        """Words per value, on average; in scripts without spaces, twelve characters count as a word."""
        texts = [value for value in self.values if isinstance(value, str)]
        counts = [max(len(text.split()), 0 if text.isascii() else len(text) // 12) for text in texts]
        return sum(counts) / max(1, len(counts))

    @cached_property
    def questions(self) -> float:
        """The share of texts that end with a question mark."""
        texts = [value.rstrip() for value in self.values if isinstance(value, str)]
        return sum(text.endswith(_QUESTION_MARKS) for text in texts) / max(1, len(texts))

    @cached_property
    def path_to_text(self) -> str:
        """The column's name or, where most values are objects or lists of objects, the path to the first text inside.

        In a list of plain texts named `answers`, that is the first one: the rest are alternatives to it.
        """
        if self.is_unseen or self.holds_chats:
            return self.name
        [(path, _)] = Counter(map(path_inside, self.values)).most_common(1)
        named = "." in path or self.plain in _ALTERNATIVES
        return self.name + path if named and mostly(is_nested(value) for value in self.values) else self.name

    @cached_property
    def form(self) -> Form | None:
        """How lists and objects in it are written as text; None where most values are texts already."""
        if mostly(isinstance(value, dict) for value in self.values):
            return Form.JSON
        if not mostly(isinstance(value, list) for value in self.values):
            return None
        parts = [part for value in self.values if isinstance(value, list) for part in value]
        return Form.LINES if all(text_of(part) is not None for part in parts) else Form.JSON


def is_metadata_name(plain: str) -> bool:
    """Whether a column with that name describes a text (`answer_model`); `model_answer` is itself a text."""
    words = plain.split()
    return bool(set(words) & ABOUT - {"model"}) or words[-1:] == ["model"]
