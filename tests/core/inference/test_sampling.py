"""Sampling: temperature, top-p, penalties, bias and seed."""

import numpy as np
import pytest

from core.errors import InputError, UnavailableError
from core.inference.sampling import Sampler
from core.inference.settings import SamplingSettings

LOGITS = np.log(np.array([0.5, 0.3, 0.15, 0.05], dtype=np.float32))


def drawn(logits: np.ndarray, count: int = 4000, **settings) -> np.ndarray:
    sampler = Sampler(SamplingSettings(seed=1, **settings))
    return np.array([sampler.choose(logits) for _ in range(count)])


def shares(logits: np.ndarray, **settings) -> np.ndarray:
    tokens = drawn(logits, **settings)
    return np.bincount(tokens, minlength=len(logits)) / len(tokens)


def test_temperature_0_is_greedy_and_1_samples_by_probability():
    assert set(drawn(LOGITS, 20, temperature=0)) == {0}
    assert shares(LOGITS, temperature=1, top_p=1) == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.03)


def test_a_low_temperature_sharpens_the_distribution():
    assert shares(LOGITS, temperature=0.5, top_p=1)[0] > 0.65


def test_top_p_samples_from_the_smallest_sufficient_set():
    assert shares(LOGITS, temperature=1, top_p=0.8) == pytest.approx([0.625, 0.375, 0, 0], abs=0.03)
    assert set(drawn(LOGITS, 200, temperature=1, top_p=0.01)) == {0}


@pytest.mark.parametrize("spread", [3.0, 0.01])
def test_top_p_over_a_large_vocabulary_equals_sorting_all_of_it(spread):
    logits = np.random.default_rng(0).normal(0, spread, 50_000).astype(np.float32)
    weights = np.exp(logits.astype(np.float64) / 0.9)
    weights /= weights.sum()
    order = np.argsort(-weights, kind="stable")
    allowed = order[: np.searchsorted(weights[order].cumsum(), 0.5) + 1]
    tokens = drawn(logits, 300, temperature=0.9, top_p=0.5)
    assert set(tokens) <= set(allowed)
    assert len(set(tokens)) >= min(len(allowed), 5)


def test_penalties_lower_tokens_generated_before():
    assert list(drawn(LOGITS, 4, temperature=0, presence_penalty=2)) == [0, 1, 2, 0]
    assert list(drawn(LOGITS, 8, temperature=0, frequency_penalty=0.4)) == [0, 0, 1, 0, 1, 0, 2, 1]
    assert list(drawn(LOGITS, 2, temperature=0)) == [0, 0]


def test_a_bias_forbids_or_forces_tokens():
    assert set(drawn(LOGITS, 50, temperature=1, top_p=1, logit_bias={0: -100, "1": -100})) == {2, 3}
    assert set(drawn(LOGITS, 50, temperature=1, logit_bias={3: 100})) == {3}
    with pytest.raises(InputError, match="logit_bias"):
        drawn(LOGITS, 1, logit_bias={4: 1})


def test_the_seed_fixes_the_samples():
    settings = SamplingSettings(seed=7, temperature=1)
    first, second = Sampler(settings), Sampler(settings)
    assert [first.choose(LOGITS) for _ in range(50)] == [second.choose(LOGITS) for _ in range(50)]
    other = Sampler(SamplingSettings(seed=8, temperature=1))
    assert [other.choose(LOGITS) for _ in range(50)] != [first.choose(LOGITS) for _ in range(50)]


def test_logits_that_are_nan_or_infinite_are_an_error():
    for bad in (np.nan, np.inf):
        with pytest.raises(UnavailableError):
            Sampler(SamplingSettings()).choose(np.array([1.0, bad], dtype=np.float32))
