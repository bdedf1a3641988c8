"""Bounded numbers: the grammar allows exactly those within the bounds."""

import random
import re

import pytest

from core.inference.grammar.number_grammar import number_grammar


def pattern(schema: dict, kind: str) -> re.Pattern:
    """The grammar as a regular expression, which has the same operators."""
    grammar = re.sub(r'"([^"]*)"', lambda found: re.escape(found[1]), number_grammar(schema, kind))
    return re.compile(grammar.replace(" ", ""))


@pytest.mark.parametrize("most", [1, 12, 1000, 10**9])
def test_exactly_the_numbers_within_the_bounds_match(most):
    draw = random.Random(most)
    for _ in range(150):
        low, high = sorted(draw.randint(-most, most) for _ in range(2))
        whole = pattern({"minimum": low, "maximum": high}, "integer")
        for number in {low - 1, low, low + 1, high - 1, high, high + 1, 0, draw.randint(low, high)}:
            assert bool(whole.fullmatch(str(number))) == (low <= number <= high), (low, number, high)
        any_number = pattern({"minimum": low, "maximum": high}, "number")
        for number in (
            low - 0.5,
            low + 0.25,
            high - 0.25,
            high + 0.5,
            draw.uniform(low, high),
            float(low),
            float(high),
        ):
            text = f"{number:.9f}"
            assert bool(any_number.fullmatch(text)) == (low <= float(text) <= high), (low, text, high)
