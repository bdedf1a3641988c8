"""The axes of parallel coordinates: where values lie, and which are named."""

from app.components.parallel_chart import axis_of


def test_numbers_over_orders_of_magnitude_lie_on_a_logarithmic_axis():
    axis = axis_of("rate", [1e-4, 1e-2, 1e-3, None])
    assert [place and round(place, 6) for place in axis.places] == [0.0, 1.0, 0.5, None]
    assert [text for _, text in axis.marks] == ["0.0001", "0.001", "0.01"]


def test_close_numbers_lie_on_a_linear_axis_and_their_names_do_not_overlap():
    assert axis_of("rank", [8, 16, 12]).places == (0.0, 1.0, 0.5)
    marks = axis_of("loss", [1 + number / 100 for number in range(100)]).marks
    assert 10 <= len(marks) <= 15 and marks[0][0] == 0.0


def test_words_and_switches_have_a_place_each_and_a_single_value_is_in_the_middle():
    assert axis_of("schedule", ["linear", "cosine", "linear"]).places == (1.0, 0.0, 1.0)
    assert axis_of("4-bit", [True, False]).marks == ((0.0, "False"), (1.0, "True"))
    assert axis_of("rank", [8, 8]).places == (0.5, 0.5)
    assert axis_of("loss", [None, None]).marks == ()
