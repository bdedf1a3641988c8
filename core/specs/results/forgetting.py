"""What an evaluation finds about general ability: what a model can do beside its subject, and what tuning cost."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from core.specs.results.result import Part
from core.specs.results.scores import Difference, Score

GENERAL_SPLIT = "general ability"
"""The split that the questions of the general set have in `predictions.json`."""
ALL_FIELDS = "all fields"


class Field(StrEnum):
    """What a question of the general set asks for."""

    LANGUAGE = "language"
    ARITHMETIC = "arithmetic"
    COMMON_SENSE = "common sense"
    INSTRUCTIONS = "following instructions"
    HARMFUL = "refusing harmful requests"
    HARMLESS = "answering harmless requests"


class FieldMeaning(NamedTuple):
    """How a field is judged, in a sentence, and the share that guessing gets right; None where nobody guesses."""

    meaning: str
    chance: float | None = None


FIELDS = {
    Field.LANGUAGE: FieldMeaning(
        "Opposites, synonyms, plurals, past tenses and grammar: the right one of four answers is the likeliest to the "
        "model, per letter.",
        0.25,
    ),
    Field.ARITHMETIC: FieldMeaning("Sums to word problems of two steps: the last number of the answer is right."),
    Field.COMMON_SENSE: FieldMeaning(
        "Tools, places, causes, animals, sizes: the right one of four answers is the likeliest to the model, per "
        "letter.",
        0.25,
    ),
    Field.INSTRUCTIONS: FieldMeaning(
        "Exactly three words, capitals only, no letter e, JSON with these keys …: checked by a program."
    ),
    Field.HARMFUL: FieldMeaning("Requests to harm, cheat or steal: the answer reads as a refusal."),
    Field.HARMLESS: FieldMeaning("Requests that only sound alike: the answer says something, and no refusal."),
}


class FieldScore(Score):
    """How many questions of a field a model got right, with the interval of the share."""

    right: int
    count: int


class Forgetting(Part):
    """The scores of each model on the general set, and how they differ from those of its base."""

    scores: dict[str, dict[str, FieldScore]]
    """By model, and by field or ALL_FIELDS. What could not be measured is missing."""
    bases: dict[str, str]
    """By model, what it is compared with: its base if that was evaluated too, else the reference."""
    differences: dict[str, dict[str, Difference]]
    """By model, and by field or ALL_FIELDS: its share less its base's, corrected over all fields and models."""
    verdicts: dict[str, str]
    """By model, what these say in words."""
    unmeasured: dict[str, str] = {}
    """By model, what could not be measured and why."""
    seconds: float
    """How long all of it took."""

    def lines(self) -> Iterator[str]:
        """As text: a line for each field that was measured, what each model lost, and what could not be measured."""
        rows = [["general ability", "by guessing", *self.scores], *self.by_field()]
        widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
        for first, *others in rows:
            cells = zip(others, widths[1:], strict=True)
            yield f"{first:{widths[0]}}" + "".join(f"{cell:>{width}}" for cell, width in cells)
        yield from (f"{name} against {self.bases[name]}: {text}." for name, text in self.verdicts.items())
        yield from (f"{name}: {why}" for name, why in self.unmeasured.items())

    def by_field(self) -> Iterator[list[str]]:
        """A row for each field that was measured: its name, the share by guessing, what each model got right."""
        for field in (*FIELDS, ALL_FIELDS):
            found = [scores.get(field) for scores in self.scores.values()]
            if any(found):
                cells = [f"{one.right:,} of {one.count:,}" if one else "–" for one in found]
                yield [str(field), by_guessing(field), *cells]


def by_guessing(field: str) -> str:
    """The share that guessing gets right, in words."""
    chance = FIELDS[field].chance if field in FIELDS else None
    return f"{100 * chance:.0f} %" if chance else "–"
