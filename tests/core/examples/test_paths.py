"""Paths reach into nested values, even if a spreadsheet turned them into text."""

import json

import pytest

from core.examples.paths import reader, well_formed

_META = {"answers": [{"text": "Paris"}, {"text": "Rome"}], "note": "a [b] c", "7": "seven"}


@pytest.mark.parametrize(
    "path, value",
    [
        ("meta.answers[1].text", "Rome"),
        ("meta.answers[2].text", None),
        ("meta.answers.text", None),
        ("meta.note[0]", None),
        ("meta.7", "seven"),
        ("other.answers", None),
        ("meta", _META),
        ("a.b", "a column of that name"),
    ],
)
def test_the_value_at_a_path(path, value):
    assert reader(path)({"meta": _META, "a.b": "a column of that name"}) == value


def test_json_text_in_a_cell_is_parsed():
    assert reader("meta.answers[1].text")({"meta": json.dumps(_META)}) == "Rome"
    assert reader("list[0]")({"list": "[1, 2"}) is None


def test_an_unpaired_surrogate_in_a_cell_is_replaced():
    assert reader("list[0]")({"list": '["a\\ud83db"]'}) == "a\ufffdb"
    assert reader("list[0]")({"list": '["a\\ud83d\\ude00b"]'}) == "a\U0001f600b"


def test_malformed_paths_are_recognized():
    assert well_formed("meta.answers[0].text")
    assert not any(map(well_formed, ("meta.answers[x]", "meta..text", "meta[0", "meta.")))
