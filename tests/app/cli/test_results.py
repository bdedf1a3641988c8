"""What a command says at its end follows from the statistics of its result."""

import pytest

from app.cli.results import in_words


def shown(*differences: tuple[float, float, float, float]) -> list[str]:
    """The demo's words, for paired differences to base and look-up: value, interval, corrected p-value."""
    names = ("value", "low", "high", "corrected_p_value")
    above = [dict(zip(names, one, strict=True)) for one in differences]
    exam = {"examples": 105, "differences": dict(zip(("base", "nearest"), above, strict=True)), "verdict": "Usable."}
    exam |= {role: {"rougeL": value} for role, value in (("base", 0.1), ("tuned", 0.5), ("nearest", 0.2))}
    return list(in_words("demo", {"exam": exam, "gguf": {}, "answer": "Yes.", "seconds": {"train": 9.0}}))


def test_a_demo_that_beats_base_and_look_up_says_so_with_its_intervals():
    *_, base, look_up, last = shown((0.4, 0.3, 0.5, 0.001), (0.3, 0.2, 0.4, 0.001))
    assert base == "The tuned model beats its base: +0.400 in ROUGE-L (paired 95 % interval +0.300 to +0.500)"
    assert look_up.startswith("The tuned model beats the plain look-up: +0.300")
    assert last == "It beats both: tuning paid."


@pytest.mark.parametrize(
    ("look_up", "said"),
    [
        ((-0.1, -0.2, -0.02, 0.01), "is worse than the plain look-up: -0.100"),
        ((0.05, -0.02, 0.12, 0.2), "is not told apart from the plain look-up: +0.050"),
        ((0.05, 0.001, 0.1, 0.09), "is not told apart from the plain look-up: +0.050"),  # corrected: by chance
    ],
)
def test_a_demo_that_does_not_says_that_plainly(look_up, said):
    lines = shown((0.4, 0.3, 0.5, 0.001), look_up)
    assert said in lines[-2] and "does not beat both" in lines[-1] and "tuning paid" not in lines[-1]
