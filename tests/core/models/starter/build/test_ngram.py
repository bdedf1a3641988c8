"""The 5-gram baseline is a proper language model: its probabilities sum to one, and it learns patterns."""

import random

import pytest

from core.errors import TunewrightError
from core.models.starter.build.ngram import KneserNey


@pytest.fixture(scope="module")
def model():
    rng = random.Random(0)
    return KneserNey([rng.choices([1, 2, 3], [5, 2, 1], k=300) for _ in range(40)], symbol_count=5, order=3)


@pytest.mark.parametrize("context", [[], [1], [3, 2], [4, 4], [2, 2, 1]])
def test_probabilities_after_any_context_sum_to_one(model, context):
    assert sum(model.probabilities([*context, symbol])[-1] for symbol in range(5)) == pytest.approx(1)


def test_needs_about_the_entropy_of_independent_symbols(model):
    sequence = random.Random(1).choices([1, 2, 3], [5, 2, 1], k=3000)
    assert model.bits(sequence) / 3000 == pytest.approx(1.299, abs=0.06)


def test_learns_a_pattern_that_needs_four_symbols_of_context():
    pattern = [1, 1, 1, 2, 1, 1, 3]
    model = KneserNey([pattern * 50], symbol_count=4)
    assert model.bits(pattern * 10) / 70 < 0.3


def test_refuses_what_does_not_fit_into_one_integer():
    with pytest.raises(TunewrightError):
        KneserNey([[1, 2]], symbol_count=2**15, order=5)
