"""Cleans whole examples: decides which step applies to which text, counts changes, and drops rows."""

import json
import re
from collections.abc import Callable, Collection

import numpy as np

from core.data.cleaning.answers import Fate
from core.data.cleaning.boilerplate import without_boilerplate
from core.data.cleaning.changes import Changes, ExampleChanges, Step
from core.data.cleaning.example_texts import map_texts, texts_of
from core.data.cleaning.languages import UNDETERMINED, language_of, normalized_codes
from core.data.cleaning.markup import strip_html, strip_urls
from core.data.cleaning.personal_data import find_personal_data, redact
from core.data.cleaning.precheck import ALL_STEPS, BROKEN_UNICODE, HTML, ODD_SPACE, WEB_ADDRESS, steps_that_may_apply
from core.data.cleaning.unicode import repair_unicode
from core.data.cleaning.whitespace import tidy_lines, tidy_space
from core.examples.drops import Drop
from core.specs import Cleaning

_MODEL_OUTPUT = frozenset({"output", "chosen", "rejected", "text", "passage", "assistant"})
_ANSWERS = frozenset({"output", "chosen", "rejected", "assistant"})
"""Answers to a question: the links and tags in them may be what was asked for."""
_MARKUP = re.compile(r"\b(?:html|xml|css|svg)\b")
_CONTEXT = 60


Cleaned = tuple[dict[str, str], frozenset[str] | set[str], Drop | None]
_UNCHANGED: frozenset[str] = frozenset()

_BASIC: tuple[tuple[str, int, Step, Callable[[str], str]], ...] = (
    ("unicode", BROKEN_UNICODE, Step.UNICODE, repair_unicode),
    ("html", HTML, Step.HTML, strip_html),
    ("urls", WEB_ADDRESS, Step.URLS, strip_urls),
    ("whitespace", ODD_SPACE, Step.WHITESPACE, tidy_space),
)
"""Setting, the flag that a text must have for the step to change it, the step, and its function."""


class Cleaner:
    """Cleans examples and counts what it changes.

    `counts` holds how many rows each step changed or dropped. `samples` holds up to five of them per step, as
    {"row", "before", "after"} with the text around the first change; "after" is empty if the row was dropped.
    `answers` holds what happened to answers that contain HTML, web addresses or boilerplate.
    """

    def __init__(self, cleaning: Cleaning, repeated: Collection[str] = ()):
        """`repeated` are lines to remove as boilerplate, as found by `repeated_lines`.

        Raises InputError for a language that the detector does not know.
        """
        self._changes = Changes()
        self.counts, self.samples, self.answers = self._changes.counts, self._changes.samples, self._changes.answers
        self._cleaning = cleaning
        self._languages = normalized_codes(cleaning.languages)
        self._repeated = frozenset(repeated)
        self._basic = [(flag, step, apply) for name, flag, step, apply in _BASIC if getattr(cleaning, name)]
        self._only_basic = not (cleaning.boilerplate or cleaning.personal_data != "keep" or cleaning.languages)

    def clean(self, example: dict[str, str], row: int) -> Cleaned:
        """The cleaned example, the steps that changed it, and the reason to drop it, or None."""
        return self.clean_each([example], [row])[0]

    def clean_each(self, examples: list[dict[str, str]], rows: list[int]) -> list[Cleaned]:
        """`clean` for many examples at once, which is much faster.

        Each text inside a JSON column is cleaned separately. Tool calls and results are data: only Unicode repair and
        redaction apply to them.
        """
        texts: list[str] = []
        ends = [0]
        for example in examples:
            texts += texts_of(example)
            ends.append(len(texts))
        flags = steps_that_may_apply(texts)
        listed = flags.tolist()
        cleaned: list[Cleaned] = [(example, _UNCHANGED, None) for example in examples]
        flagged = np.concatenate([[0], np.cumsum(flags != 0)])[ends]
        visited = np.flatnonzero(np.diff(flagged)) if self._only_basic else range(len(examples))
        for index in visited:
            mine = listed[ends[index] : ends[index + 1]]
            cleaned[index] = _Visit(self, rows[index], mine).clean(examples[index])
        return cleaned


class _Visit:
    """The cleaning of one example."""

    __slots__ = ("_asked", "_changes", "_cleaner", "_cleaning", "_drop", "_flags", "_texts")

    def __init__(self, cleaner: Cleaner, row: int, flags: list[int]):
        """`flags` holds the result of the precheck for each of its texts."""
        self._cleaner = cleaner
        self._flags = iter(flags)
        self._cleaning = cleaner._cleaning
        self._changes = ExampleChanges(cleaner._changes, row)
        self._asked: list[str] = []
        self._texts: list[str] = []
        self._drop: Drop | None = None

    def clean(self, example: dict[str, str]) -> Cleaned:
        """See `Cleaner.clean`."""
        messages = json.loads(example["messages"]) if "messages" in example else []
        self._asked = [example["instruction"]] if "instruction" in example else []
        self._asked += [message["content"] for message in messages if message["role"] == "user"]
        cleaned = map_texts(example, messages, self._text)
        if not self._drop and self._cleaning.languages:
            self._judge_language()
        self._changes.finish()
        return cleaned, self._changes.steps, self._drop

    def _text(self, text: str, place: str) -> str:
        """`text` cleaned with the steps that apply at `place`."""
        if flags := next(self._flags):
            for flag, step, apply in self._cleaner._basic:
                if step is Step.WHITESPACE and self._may_be_code(text, place):
                    apply = tidy_lines
                if flags & flag and self._applies(step, place) and (after := apply(text)) != text:
                    if place in _ANSWERS and step in (Step.HTML, Step.URLS) and not self._may_change(text, after):
                        continue
                    text = self._changes.changed(step, text, after)
                    flags = ALL_STEPS  # removing something can leave gaps, or expose what it hid
        if self._cleaner._only_basic:
            return text
        if self._cleaning.boilerplate and place in _MODEL_OUTPUT:
            # A plain text may be all boilerplate and end up empty; an answer must not.
            better = without_boilerplate(text, self._cleaner._repeated)
            if better != text and (better or place == "text"):
                self._changes.answer(Fate.SHORTENED, text, better)
                text = self._changes.changed(Step.BOILERPLATE, text, better)
        if self._cleaning.personal_data != "keep" and (found := find_personal_data(text)):
            if self._cleaning.personal_data == "redact":
                text = self._changes.changed(Step.PERSONAL_DATA, text, redact(text, found))
            elif not self._drop:
                self._leave_out(Drop.PERSONAL_DATA, Step.PERSONAL_DATA, text[max(0, found[0].start - _CONTEXT) :])
        self._texts.append(text)
        return text

    def _may_be_code(self, text: str, place: str) -> bool:
        """Whether spaces within a line may matter: in answers with several lines or with code."""
        return place in _ANSWERS and not self._cleaning.answers and ("\n" in text or "`" in text)

    def _may_change(self, answer: str, after: str) -> bool:
        """Whether a step may change an answer into `after`. Records the outcome either way."""
        if not self._cleaning.answers:
            self._changes.answer(Fate.LEFT, answer, after)
        else:
            self._changes.answer(Fate.SHORTENED if after.strip() else Fate.EMPTIED, answer, after)
        return self._cleaning.answers

    def _applies(self, step: Step, place: str) -> bool:
        if place == "tool":
            return step is Step.UNICODE
        # If the question asks for HTML, the tags belong in the answer.
        return step is not Step.HTML or place == "instruction" or not any(map(_asks_for_markup, self._asked))

    def _judge_language(self) -> None:
        text = "\n".join(self._texts)
        language, _ = language_of(text)
        if language != UNDETERMINED and language not in self._cleaner._languages:
            self._leave_out(Drop.LANGUAGE, Step.LANGUAGE, text)

    def _leave_out(self, reason: Drop, step: Step, shown: str) -> None:
        self._drop = reason
        self._changes.dropped(step, shown)


def _asks_for_markup(question: object) -> bool:
    if not isinstance(question, str):
        return False
    question = question.lower()
    may = "html" in question or "xml" in question or "css" in question or "svg" in question
    return may and bool(_MARKUP.search(question))
