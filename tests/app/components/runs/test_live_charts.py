"""The charts of a run: a long one is as cheap to watch as a short one, and keeps its spikes."""

from app.components.runs.series import smoothed, thinned

_MOST_POINTS = 1200


def test_a_short_run_is_drawn_in_full():
    points = [(step, 1 / step) for step in range(1, _MOST_POINTS + 1)]
    assert thinned(points, _MOST_POINTS) == points


def test_a_long_run_is_thinned_but_keeps_its_ends_and_spikes():
    points = [(step, 2.0 - step / 1e5) for step in range(1, 50_001)]
    points[31_234] = (31_235, 99.0)
    points[7] = (8, None)  # not a number
    drawn = thinned(points, _MOST_POINTS)
    assert _MOST_POINTS / 2 - 2 <= len(drawn) <= _MOST_POINTS
    assert (drawn[0], drawn[-1]) == (points[0], points[-1])
    assert (31_235, 99.0) in drawn and (8, None) in drawn
    assert [step for step, _ in drawn] == sorted({step for step, _ in drawn})


def test_points_that_are_no_numbers_are_left_out_of_the_average():
    assert smoothed([(step, None if step == 3 else 2.0) for step in range(8)]) == [
        (step, 2.0) for step in range(8) if step != 3
    ]
