"""What follows from a step's number: the examples it sees, its learning rate, and how many steps there are."""

import numpy as np
import pytest

from core.specs.train import steps_of, steps_per_epoch
from core.training.objectives.examples import TokenizedExample
from core.training.schedule import examples_of_step, in_batches, learning_rate_of
from tests.core.training.runs import changed


def _numbered(count: int) -> list[TokenizedExample]:
    return [TokenizedExample(np.array([number] * (2 + number % 5)), 1) for number in range(count)]


def _numbers(batches: list[list[TokenizedExample]]) -> list[int]:
    return [int(example.ids[0]) for batch in batches for example in batch]


def test_every_epoch_sees_every_example_once_in_its_own_order():
    examples, seen = _numbered(10), []
    assert steps_per_epoch(10, 2, 2) == 3
    for step in range(6):
        batches = examples_of_step(examples, step, batch_size=2, accumulation=2, seed=1)
        assert [len(batch) for batch in batches] == ([2] if step % 3 == 2 else [2, 2])
        seen.append(_numbers(batches))
    first, second = sum(seen[:3], []), sum(seen[3:], [])
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second


def test_a_step_finds_its_examples_without_the_steps_before():
    examples = _numbered(50)
    expected = [_numbers(examples_of_step(examples, step, 4, 1, seed=7)) for step in range(20)]
    assert _numbers(examples_of_step(examples, 17, 4, 1, seed=7)) == expected[17]
    assert _numbers(examples_of_step(examples, 17, 4, 1, seed=8)) != expected[17]


def test_batches_contain_examples_of_similar_length():
    lengths = [[len(example.ids) for example in batch] for batch in in_batches(_numbered(10), 4)]
    assert lengths == [[2, 2, 3, 3], [4, 4, 5, 5], [6, 6]]


@pytest.mark.parametrize(
    ("epochs", "steps"), [(1.1, 110), (2.2, 220), (0.57, 57), (0.1 + 0.2, 30), (1.101, 111), (3, 300), (1e-9, 1)]
)
def test_floating_point_adds_no_step(spec, epochs, steps):
    assert steps_of(dict(changed(spec, epochs=epochs, batch_size=1, gradient_accumulation_steps=1)), 100) == steps


def test_floating_point_adds_no_warm_up_step(spec):
    spec = changed(spec, learning_rate=1.0, warmup_ratio=0.07)  # 0.07 × 100 is 7.000000000000001
    assert learning_rate_of(6, 100, spec) == 1.0


def test_the_learning_rate_warms_up_and_decays(spec):
    spec = changed(spec, learning_rate=1.0, warmup_ratio=0.1)
    rates = [learning_rate_of(step, 100, spec) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and rates[9] == rates[10] == 1.0
    assert rates[55] == pytest.approx(0.5) and rates[99] < 0.01
    assert all(later <= earlier for earlier, later in zip(rates[10:], rates[11:], strict=False))
    assert learning_rate_of(55, 100, changed(spec, lr_scheduler="constant")) == 1.0
    assert learning_rate_of(55, 100, changed(spec, lr_scheduler="linear")) == pytest.approx(0.5)


def test_warm_up_stable_decay_stays_at_its_highest_until_the_last_steps(spec):
    spec = changed(spec, learning_rate=1.0, warmup_ratio=0.1, lr_scheduler="warmup_stable_decay", lr_decay_ratio=0.2)
    rates = [learning_rate_of(step, 100, spec) for step in range(100)]
    assert rates[5] == pytest.approx(0.6) and set(rates[9:81]) == {1.0}
    assert rates[85] == pytest.approx(1 - (5 / 20) ** 0.5) and 0 < rates[99] < 0.03
    assert learning_rate_of(0, 1, changed(spec, warmup_ratio=0)) == 1.0


def test_a_number_of_steps_overrides_epochs(spec):
    assert steps_of(dict(changed(spec, max_steps=7)), 10) == 7


def test_a_fraction_of_an_epoch_is_whole_steps(spec):
    assert steps_of(dict(spec), 10) == 6
    assert steps_of(dict(changed(spec, epochs=0.5)), 10) == 2
