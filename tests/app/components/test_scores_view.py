"""The verdict over an evaluation goes only as far as the intervals do."""

import pytest

from app.components.scores_view import compared


def _result(base: tuple, tuned: tuple, above: tuple | None = None) -> dict:
    cards = {
        role: {"rougeL": dict(zip(("value", "low", "high"), score, strict=True))}
        for role, score in (("base", base), ("tuned", tuned))
    }
    differences = {"base": {"rougeL": dict(zip(("value", "low", "high"), above, strict=True))}} if above else {}
    return {"scorecards": cards, "differences": differences}


@pytest.mark.parametrize(
    "scores, state",
    [
        (((0.1, None, None), (0.9, None, None)), "too few"),
        (((0.1, 0.0, 0.2), (0.9, 0.8, 1.0)), "better"),
        (((0.9, 0.8, 1.0), (0.1, 0.0, 0.2)), "worse"),
        (((0.4, 0.3, 0.5), (0.5, 0.4, 0.6)), "open"),
        (((0.4, 0.3, 0.5), (0.5, 0.4, 0.6), (0.1, 0.05, 0.15)), "better"),
        (((0.1, 0.0, 0.2), (0.9, 0.8, 1.0), (0.8, -0.1, 1.0)), "open"),
    ],
)
def test_what_the_intervals_allow(scores, state):
    found, words = compared(_result(*scores), "rougeL")
    assert found == state and "ROUGE-L" in words
    assert compared({"scorecards": {"base": {}}}, "rougeL") is None
