"""The cleaner of whole examples: which step applies to which text, what each changed, and which rows it leaves out."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from enum import StrEnum

import numpy as np

from core.data.cleaning.answers import Answers, Fate
from core.data.cleaning.boilerplate import without_boilerplate
from core.data.cleaning.languages import UNDETERMINED, known_languages, language_of
from core.data.cleaning.personal import find_personal_data, redact
from core.data.cleaning.signs import ADDRESS, ANYTHING, BROKEN, MARKUP, ODD_SPACE, signs_of_each
from core.data.cleaning.text import mend_unicode, strip_html, strip_urls, tidy_lines, tidy_space
from core.errors import InputError
from core.examples.drops import Drop
from core.specs import Cleaning

# Names and lists that the studio reads itself.
_NO_TEXT = frozenset({"row", "source", "tags", "stratum", "label", "tools"})
_ANSWERS = frozenset({"output", "chosen", "rejected", "text", "passage", "assistant"})
# Whoever asks for HTML wants the tags in the answer.
_SAID = frozenset({"output", "chosen", "rejected", "assistant"})
"""Where answers stand that somebody asked for: links and tags in them may be just that."""
_MARKUP = re.compile(r"\b(?:html|xml|css|svg)\b")
_SAMPLES = 5
_AROUND = 60
_SHOWN = 240


class Step(StrEnum):
    """The steps of cleaning as reports name them."""

    UNICODE = "Unicode"
    HTML = "HTML"
    URLS = "web addresses"
    WHITESPACE = "white space"
    BOILERPLATE = "boilerplate"
    PERSONAL_DATA = "personal data"
    LANGUAGE = "language"


Cleaned = tuple[dict[str, str], frozenset[str] | set[str], Drop | None]
OnText = Callable[[str, str], str]
_UNCHANGED: frozenset[str] = frozenset()

_BASIC: tuple[tuple[str, int, Step, Callable[[str], str]], ...] = (
    ("unicode", BROKEN, Step.UNICODE, mend_unicode),
    ("html", MARKUP, Step.HTML, strip_html),
    ("urls", ADDRESS, Step.URLS, strip_urls),
    ("whitespace", ODD_SPACE, Step.WHITESPACE, tidy_space),
)
"""Setting, the sign without which the step changes nothing, and the step."""


class Cleaner:
    """Cleans examples one by one and counts what it does.

    `counts` has the rows that each step changed or left out; `samples` up to five of them a step, as
    {"row", "before", "after"} with the text around the first change ("after" is empty where the row was left out).
    `answers` has what became of answers that hold HTML, web addresses or boilerplate.
    """

    def __init__(self, cleaning: Cleaning, repeated: Collection[str] = ()):
        """`repeated` are the lines that stand in many rows (see `repeated_lines`); they go with the boilerplate.

        Raises InputError for a language that cannot be recognised.
        """
        self.counts: Counter[str] = Counter()
        self.samples: dict[str, list[dict]] = defaultdict(list)
        self.answers = Answers()
        self._cleaning = cleaning
        self._languages = _checked(cleaning.languages)
        self._repeated = frozenset(repeated)
        self._basic = [(sign, step, apply) for name, sign, step, apply in _BASIC if getattr(cleaning, name)]
        self._only_basic = not (cleaning.boilerplate or cleaning.personal_data != "keep" or cleaning.languages)

    def clean(self, example: dict[str, str], row: int) -> Cleaned:
        """The cleaned texts of example number `row`, the steps that changed them, and why to leave it out if so."""
        return self.clean_each([example], [row])[0]

    def clean_each(self, examples: list[dict[str, str]], rows: list[int]) -> list[Cleaned]:
        """As `clean`, of many examples at once, which is much faster.

        Texts inside JSON columns are cleaned one by one. What tools returned and were asked for is data: it loses
        nothing but broken characters and, where asked, personal data.
        """
        texts: list[str] = []
        ends = [0]
        for example in examples:
            texts += _texts_of(example)
            ends.append(len(texts))
        signs = signs_of_each(texts)
        listed = signs.tolist()
        cleaned: list[Cleaned] = [(example, _UNCHANGED, None) for example in examples]
        shown = np.concatenate([[0], np.cumsum(signs != 0)])[ends]
        visited = np.flatnonzero(np.diff(shown)) if self._only_basic else range(len(examples))
        for index in visited:
            mine = listed[ends[index] : ends[index + 1]]
            cleaned[index] = _Visit(self, rows[index], mine).clean(examples[index])
        return cleaned


def _checked(languages: tuple[str, ...]) -> frozenset[str]:
    """The codes of `languages` as the recogniser has them."""
    codes = frozenset("no" if code.lower() == "nb" else code.lower() for code in languages)
    if codes and (unknown := codes - known_languages()):
        raise InputError(
            f"No language is known by the code {' or '.join(map(repr, sorted(unknown)))}.",
            "Name languages by their two letters (ISO 639-1), such as en, de or fr.",
        )
    return codes


def _asks_for_markup(question: object) -> bool:
    if not isinstance(question, str):
        return False
    question = question.lower()
    may = "html" in question or "xml" in question or "css" in question or "svg" in question
    return may and bool(_MARKUP.search(question))


def _texts_of(example: dict[str, str]) -> list[str]:
    """The texts of an example that may be cleaned, in the order in which a visit comes by them."""
    if "messages" not in example:
        return [text for column, text in example.items() if column not in _NO_TEXT]
    texts: list[str] = []
    _visited(example, json.loads(example["messages"]), lambda text, place: texts.append(text) or text)
    return texts


def _visited(example: dict[str, str], messages: list[dict], on_text: OnText) -> dict[str, str]:
    """The example with what `on_text` makes of each text and its place: its column, or the role of its message."""
    visited = {}
    for column, text in example.items():
        if column == "messages":
            said = [_visited_message(message, on_text) for message in messages]
            visited[column] = text if said == messages else json.dumps(said, ensure_ascii=False)
        else:
            visited[column] = text if column in _NO_TEXT else on_text(text, column)
    return visited


def _visited_message(message: dict, on_text: OnText) -> dict:
    visited = dict(message)
    for name in ("content", "reasoning_content"):
        if isinstance(message.get(name), str):
            visited[name] = on_text(message[name], message["role"])
    if "tool_calls" in message:
        visited["tool_calls"] = _visited_data(message["tool_calls"], on_text)
    return visited


def _visited_data(value: object, on_text: OnText) -> object:
    """What a tool was asked for: every text in it is data."""
    if isinstance(value, str):
        return on_text(value, "tool")
    if isinstance(value, list):
        return [_visited_data(item, on_text) for item in value]
    return {name: _visited_data(item, on_text) for name, item in value.items()} if isinstance(value, dict) else value


class _Visit:
    """One example on its way through a cleaner."""

    __slots__ = ("_asked", "_changed_by", "_cleaner", "_cleaning", "_drop", "_fates", "_row", "_signs", "_texts")

    def __init__(self, cleaner: Cleaner, row: int, signs: list[int]):
        """`signs` are those of each of its texts."""
        self._cleaner = cleaner
        self._signs = iter(signs)
        self._cleaning = cleaner._cleaning
        self._row = row
        self._asked: list[str] = []
        self._texts: list[str] = []
        self._changed_by: set[str] = set()
        self._fates: dict[Fate, tuple[str, str]] = {}
        self._drop: Drop | None = None

    def clean(self, example: dict[str, str]) -> Cleaned:
        """As `Cleaner.clean`."""
        messages = json.loads(example["messages"]) if "messages" in example else []
        self._asked = [example["instruction"]] if "instruction" in example else []
        self._asked += [message["content"] for message in messages if message["role"] == "user"]
        cleaned = _visited(example, messages, self._text)
        if not self._drop and self._cleaning.languages:
            self._judge_language()
        for step in self._changed_by:
            self._cleaner.counts[step] += 1
        for fate, texts in self._fates.items():
            self._cleaner.answers.add(fate, self._row, *texts)
        return cleaned, self._changed_by, self._drop

    def _text(self, text: str, place: str) -> str:
        """`text` cleaned as fits its place."""
        if signs := next(self._signs):
            for sign, step, apply in self._cleaner._basic:
                if step is Step.WHITESPACE and self._may_be_code(text, place):
                    apply = tidy_lines
                if signs & sign and self._applies(step, place) and (after := apply(text)) != text:
                    if place in _SAID and step in (Step.HTML, Step.URLS) and not self._may_change(text, after):
                        continue
                    text = self._changed(step, text, after)
                    signs = ANYTHING  # what is gone leaves gaps, and what was hidden may show
        if self._cleaner._only_basic:
            return text
        if self._cleaning.boilerplate and place in _ANSWERS:
            # A text may be nothing but furniture; an answer was asked for.
            better = without_boilerplate(text, self._cleaner._repeated)
            if better != text and (better or place == "text"):
                self._note(Fate.SHORTENED, text, better)
                text = self._changed(Step.BOILERPLATE, text, better)
        if self._cleaning.personal_data != "keep" and (found := find_personal_data(text)):
            if self._cleaning.personal_data == "redact":
                text = self._changed(Step.PERSONAL_DATA, text, redact(text, found))
            elif not self._drop:
                self._leave_out(Drop.PERSONAL_DATA, Step.PERSONAL_DATA, text[max(0, found[0].start - _AROUND) :])
        self._texts.append(text)
        return text

    def _may_be_code(self, text: str, place: str) -> bool:
        """Whether spaces within a line may mean something: in answers of several lines, or with code in them."""
        return place in _SAID and not self._cleaning.answers and ("\n" in text or "`" in text)

    def _may_change(self, answer: str, after: str) -> bool:
        """Whether a step may make `after` of an answer; what becomes of it is noted either way."""
        if not self._cleaning.answers:
            self._note(Fate.LEFT, answer, after)
        else:
            self._note(Fate.SHORTENED if after.strip() else Fate.EMPTIED, answer, after)
        return self._cleaning.answers

    def _note(self, fate: Fate, before: str, after: str) -> None:
        if fate not in self._fates:
            self._fates[fate] = tuple(text[:_SHOWN] for text in _around_change(before, after))

    def _applies(self, step: Step, place: str) -> bool:
        if place == "tool":
            return step is Step.UNICODE
        return step is not Step.HTML or place == "instruction" or not any(map(_asks_for_markup, self._asked))

    def _judge_language(self) -> None:
        text = "\n".join(self._texts)
        language, _ = language_of(text)
        if language != UNDETERMINED and language not in self._cleaner._languages:
            self._leave_out(Drop.LANGUAGE, Step.LANGUAGE, text)

    def _leave_out(self, reason: Drop, step: Step, shown: str) -> None:
        self._drop = reason
        if self._is_sample(step):
            self._show(step, shown, "")
        self._changed_by.add(step)

    def _changed(self, step: Step, before: str, after: str) -> str:
        """`after`, with the change counted and, if it is among the first, shown."""
        if self._is_sample(step):
            self._show(step, *_around_change(before, after))
        self._changed_by.add(step)
        return after

    def _is_sample(self, step: Step) -> bool:
        return step not in self._changed_by and len(self._cleaner.samples[step]) < _SAMPLES

    def _show(self, step: Step, before: str, after: str) -> None:
        self._cleaner.samples[step].append({"row": self._row, "before": before[:_SHOWN], "after": after[:_SHOWN]})


def _around_change(before: str, after: str) -> tuple[str, str]:
    """The parts of two texts around what differs."""
    start, old_end, new_end = _difference(before, after)
    start = max(0, start - _AROUND)
    return before[start : old_end + _AROUND], after[start : new_end + _AROUND]


def _difference(before: str, after: str) -> tuple[int, int, int]:
    """Where two texts begin to differ, and where in each the same end begins again."""
    start = _same(before, after)
    same = _same(before[start:][::-1], after[start:][::-1])
    return start, len(before) - same, len(after) - same


def _same(one: str, other: str) -> int:
    """How many characters two texts begin with that are the same."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
