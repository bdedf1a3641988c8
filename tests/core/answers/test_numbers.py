"""The last number of an answer, and whether the answer ends in it."""

from decimal import Decimal

import pytest

from core.answers.numbers import ends_in_number, last_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3 and 4 make 7.", "7"),
        ("So $1,234.50", "1234.5"),
        ("1.234,56 Euro", "1234.56"),
        ("12\u00a0345,6", "12345.6"),
        ("It is −4", "-4"),
        ("about 1.5e3.", "1500"),
        ("none", None),
        ("", None),
    ],
)
def test_the_last_number_is_read_in_english_and_continental_notation(text, number):
    assert last_number(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    "text", ["7", "So it is 7.", "#### 1,234", "12.50 €", "about 12 litres.", "**42**", "(7)", "= 7%"]
)
def test_an_answer_ends_in_a_number_whatever_its_unit_and_marks(text):
    assert ends_in_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "none",
        "7 is 3 and 4 added up",
        "In 2020 he died of it.",
        "7\nThat is all I know.",
        "It was COVID-19.",
        "vitamin B12",
    ],
)
def test_an_answer_that_only_contains_a_number_does_not_end_in_it(text):
    assert not ends_in_number(text)
