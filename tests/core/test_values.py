"""Limits on text and numbers, the path to a value beyond them, and the repair of unpaired surrogates."""

import pytest
from pydantic import BaseModel

from core.errors import InputError
from core.specs import JobKind, parse_spec
from core.values import DEEPEST, LONGEST_NAME, UnfitError, check, mended

SPEC = {"name": "x", "output_dir": "/tmp/x", "source": "sample", "num_samples": 10}


class Part(BaseModel):
    number: float = 0
    parts: tuple["Part", ...] = ()


@pytest.mark.parametrize(
    ("value", "place", "problem"),
    [
        ("a\0b", [], "NUL"),
        ({"a": [1, {"b": "\ud800"}]}, ["a", 1, "b"], "half a character"),
        ({"a": {"\udfff": 1}}, ["a", "\udfff"], "half a character"),
        ({"x" * 5000: 1}, ["x" * 5000], "4,096 characters"),
        ([0, 1 << 63], [1], "64 bits"),
        ([-(1 << 63) - 1], [0], "64 bits"),
        ({"a": float("nan")}, ["a"], "finite"),
        (Part(parts=(Part(), Part(number=float("inf")))), ["parts", 1, "number"], "finite"),
        ({"rows": [0] * 100_001}, ["rows"], "100,001 values"),
        ([0] * 10_001, [], "10,001 values"),
        (dict.fromkeys(map(str, range(2001))), [], "2,001 values"),
        ([{"rows": [0] * 100_000}] * 6, [4, "rows", 99_984], "500,000 values"),
    ],
)
def test_unfit_values_are_found_with_their_path(value, place, problem):
    with pytest.raises(UnfitError, match=problem) as found:
        check(value)
    assert found.value.place == place


def test_deeply_nested_values_are_unfit():
    value = []
    for _ in range(DEEPEST - 1):
        value = [value]
    check(value)
    with pytest.raises(UnfitError, match="deeply"):
        check([[value]])


def test_everything_else_fits():
    check([{"rows": list(range(100_000))}, ["x"] * 10_000])
    check({"a": ["é😀ﷺ", "x" * 1_000_000, (1 << 63) - 1, -(1 << 63), 1e308, 0.0, None, True], "b": Part()})
    check("x" * LONGEST_NAME, LONGEST_NAME)
    with pytest.raises(UnfitError):
        check("x" * (LONGEST_NAME + 1), LONGEST_NAME)


def test_unpaired_surrogates_are_replaced_and_nothing_else():
    assert mended("a\ud800b\udc00") == "a\ufffdb\ufffd"
    assert mended("\ud83d\ude00") == "😀"
    for text in ("", "plain", "é😀ﷺ\0\n"):
        assert mended(text) == text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"stratify_by": "\ud800"}, "stratify_by"),
        ({"stratify_by": "x" * 5000}, "stratify_by"),
        ({"column_map": {"instruction": "\0"}}, "column_map.instruction"),
        ({"seed": 1 << 63}, "seed"),
        ({"near_threshold": float("nan")}, "near_threshold"),
        ({"good_from": "nan"}, "good_from"),
    ],
)
def test_pages_and_commands_name_the_field_too(values, field):
    with pytest.raises(InputError, match=f"cannot be used: {field}"):
        parse_spec(JobKind.PREPARE, SPEC | values)
