"""Validation messages state the limits of the spec."""

import pytest

from app.components.validation import why_no_endpoint, why_no_key_name, why_no_name, why_no_split, why_not
from core.specs import JobKind


@pytest.mark.parametrize(
    ("kind", "field", "wrong", "right", "words"),
    [
        (JobKind.TRAIN, "epochs", -3.0, 0.5, "must be above 0 and at most 1,000"),
        (JobKind.TRAIN, "learning_rate", -1.0, 1.0, "must be above 0 and at most 1"),
        (JobKind.TRAIN, "lora_r", 100_000, 1024, "must be at least 1 and at most 1,024"),
        (JobKind.TRAIN, "lora_dropout", 1.0, 0.0, "must be at least 0 and below 1"),
        (JobKind.EVALUATE, "limit", 0, None, "must be at least 1"),
        (JobKind.PREPARE, "min_words", -1, 0, "must be at least 0"),
        (JobKind.SYNTHESIZE, "budget_usd", 0.0, None, "must be above 0"),
        (JobKind.TRAIN, "epochs", float("nan"), 1.0, "must be above 0 and at most 1,000"),
    ],
)
def test_a_value_out_of_range_is_told_the_limits(kind, field, wrong, right, words):
    assert why_not(kind, field, wrong) == words
    assert why_not(kind, field, right) is None


def test_a_refused_endpoint_or_key_variable_says_why(here):
    assert why_no_endpoint("http://127.0.0.1:8000/v1") is None
    assert "is not the address of a server" in why_no_endpoint("localhost")
    assert "not among the servers" in why_no_endpoint("https://example.org/v1")
    assert why_no_key_name("OPENAI_API_KEY") is None
    assert "ends in _API_KEY" in why_no_key_name("HOME")


def test_invalid_shares_and_names_say_what_is_valid():
    assert why_no_split(0.8, 0.1, 0.1) is None
    assert "must add up to 1; these add up to 1.15" in why_no_split(0.95, 0.1, 0.1)
    assert why_no_name("", JobKind.TRAIN) is None and why_no_name("shop answers 2", JobKind.TRAIN) is None
    assert "letters, digits" in why_no_name("a/b", JobKind.TRAIN)
