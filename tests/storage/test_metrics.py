"""Series: every step once, what is new since, and long ones drawn with few points that miss nothing."""

import math

import pytest

from storage import leases, metrics
from storage.actors import OWNER
from storage.leases import Report


@pytest.fixture
def job(claim):
    return claim()


def write(store, job, points):
    leases.renew(store, job.id, job.attempt, "w", Report(points))


def test_what_was_reported_is_read_in_order(store, job):
    write(store, job, [(2, "loss", 1.5), (1, "loss", 2.0), (1, "learning_rate", 0.1)])
    assert metrics.series(store, OWNER, job.id) == {"learning_rate": [(1, 0.1)], "loss": [(1, 2.0), (2, 1.5)]}
    assert metrics.series(store, OWNER, job.id, ["loss", "never"], after_step=1) == {"loss": [(2, 1.5)], "never": []}


def test_a_step_stands_once(store, job):
    write(store, job, [(1, "loss", 2.0)])
    write(store, job, [(1, "loss", 1.0), (2, "loss", 0.5)])
    assert metrics.series(store, OWNER, job.id)["loss"] == [(1, 1.0), (2, 0.5)]


def test_a_value_that_is_no_number_is_a_gap(store, job):
    write(store, job, [(1, "grad_norm", math.inf), (2, "grad_norm", math.nan), (3, "grad_norm", 1.0)])
    assert metrics.series(store, OWNER, job.id)["grad_norm"] == [(1, None), (2, None), (3, 1.0)]


def test_rewinding_forgets_what_lies_beyond(store, job, claim):
    other = claim()
    for each in (job, other):
        write(store, each, [(step, name, 1.0) for step in range(6) for name in ("loss", "eval_loss")])
    metrics.rewind(store, job.id, job.attempt, "w", 3)
    assert {name: points[-1][0] for name, points in metrics.series(store, OWNER, job.id).items()} == {
        "loss": 3,
        "eval_loss": 3,
    }
    assert len(metrics.series(store, OWNER, other.id)["loss"]) == 6


def test_whoever_continues_a_run_gets_all_of_its_numbers(store, job):
    write(store, job, [(step, "loss", 1.0 * step) for step in range(5_000)] + [(1, "grad_norm", math.inf)])
    found = metrics.whole_series(store, job.id, ["loss", "grad_norm", "never"])
    assert found == {"loss": [(step, 1.0 * step) for step in range(5_000)], "grad_norm": [], "never": []}


@pytest.mark.parametrize("steps", [2_001, 50_000])
def test_a_long_series_keeps_its_ends_and_extremes(store, job, steps):
    values = {step: math.sin(step / 300) for step in range(0, 3 * steps, 3)}
    low, high = 3 * (steps // 3), 3 * (steps // 2)
    values[low], values[high] = -50.0, 50.0
    write(store, job, [(step, "loss", value) for step, value in values.items()])

    drawn = metrics.series(store, OWNER, job.id, ["loss"], max_points=200)["loss"]
    assert len(drawn) <= 200
    assert drawn[0] == (0, values[0]) and drawn[-1][0] == 3 * (steps - 1)
    assert (low, -50.0) in drawn and (high, 50.0) in drawn
    assert all(values[step] == value for step, value in drawn)
    assert [step for step, _ in drawn] == sorted({step for step, _ in drawn})


def test_a_series_that_is_short_enough_is_whole(store, job):
    write(store, job, [(step, "loss", 1.0) for step in range(200)])
    assert len(metrics.series(store, OWNER, job.id, ["loss"], max_points=200)["loss"]) == 200
