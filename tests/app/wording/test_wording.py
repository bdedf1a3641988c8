"""Formatting of numbers, sizes, durations and names, and escaping of hostile text."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from app.wording.markdown import as_text, cut_middle
from app.wording.numbers import distinct_numbers, interval_text, number_text, size_text, splits_text
from app.wording.times import about_text, ago_text, exact_time, span_text
from core.specs.results.evaluate import Score


@pytest.mark.parametrize(
    ("size_bytes", "told"),
    [(None, "–"), (0, "0 B"), (999, "999 B"), (6_652_000, "6.65 MB"), (4_580_000_000, "4.58 GB")],
)
def test_sizes_have_units(size_bytes, told):
    assert size_text(size_bytes) == told


def test_compared_numbers_have_enough_digits_to_differ():
    assert distinct_numbers(4.31, 2.84) == ["4.3", "2.8"]
    assert distinct_numbers(1.473, 1.541) == ["1.47", "1.54"]
    assert distinct_numbers(1.5, 1.5) == ["1.5", "1.5"]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "–"),
        (-60, "–"),
        (0.0234, "0.023 s"),
        (4.23, "4.2 s"),
        (59, "59 s"),
        (185, "3 min 05 s"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations_are_readable(seconds, told):
    assert span_text(seconds) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(3, "a few seconds"), (44, "about 40 s"), (58, "about 1 min"), (260, "about 4 min"), (7900, "about 2 h 10 min")],
)
def test_approximate_durations_say_so(seconds, told):
    assert about_text(seconds) == told


def test_examples_are_counted_by_split():
    assert splits_text({"train": 1200, "validation": 0, "test": 1}) == "1,201 examples: 1,200 train, 1 test"


def test_times_are_relative_with_the_exact_time_available():
    now = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
    assert ago_text(now - timedelta(minutes=1, seconds=5), now) == "1 minute ago"
    assert ago_text(now - timedelta(hours=30), now) == "1 day ago"
    assert ago_text(now, now) == "just now"
    assert exact_time(now) == "2026-05-04 12:00:00 UTC"


def test_numbers_have_significant_digits():
    assert number_text(None) == "–"
    assert number_text(12345.678) == "12,346"
    assert number_text(0.12345) == "0.12"
    assert number_text(0.5) == "0.50"
    assert number_text(99.7) == "100"
    assert number_text(-0.46) == "-0.46"
    assert number_text(0.000012) == "1.2e-05"
    assert number_text(3) == "3"
    assert interval_text(Score(value=0.5321, low=0.49, high=0.57)) == "0.53 (0.49 to 0.57)"
    assert interval_text(Score(value=2.0)) == "2.0"


def test_long_names_are_shortened_in_the_middle():
    assert cut_middle("short") == "short"
    cut = cut_middle("a" * 30 + "the-end", 20)
    assert len(cut) == 20 and cut.startswith("aaa") and cut.endswith("the-end") and "…" in cut


@pytest.mark.parametrize(
    "text",
    ["![x](http://evil/x.png)", "<script>", ":material/home:", "$x^2$", "[a](javascript:1)", "a\n===", "&lt;b&gt;"],
)
def test_untrusted_text_is_never_markup(text):
    escaped = re.sub(r":color\[(\\.)\]", r"\1", as_text(text))
    for mark in "![]()<>:$=&":
        assert escaped.count(mark) == escaped.count(f"\\{mark}")
    assert re.sub(r"\\(.)", r"\1", escaped) == text


@pytest.mark.parametrize(
    "text",
    ["https://evil.example/x", "HTTP://evil.example", "see www.evil.example.", "me@evil.example", ":smile:", "a -> b"],
)
def test_links_icons_and_arrows_are_escaped(text):
    """Streamlit looks for these in plain text, after processing the backslashes."""
    plain = re.sub(r"\\(.)", r"\1", re.sub(r":color\[\\(.)\]", "\0", as_text(text)))
    assert not re.search(r"https?:|www\.\w|\w@\w|:\w+:|->", plain, re.I)
