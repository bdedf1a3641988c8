"""SQuAD: every answered question becomes a row, from nested articles or flat rows."""

import json

import pytest

from tests.core.data.reading import made
from tests.core.data.reading.exports.export_files import noted, seen


def article(*asked: dict) -> dict:
    return {"title": "Bridges", "paragraphs": [{"context": "It was built in 1800.", "qas": list(asked)}]}


ANSWERED = {"id": "1", "question": "When?", "answers": [{"text": "1800", "answer_start": 16}, {"text": "In 1800"}]}
IMPOSSIBLE = {
    "id": "2",
    "question": "Why?",
    "is_impossible": True,
    "answers": [],
    "plausible_answers": [{"text": "1800"}],
}


@pytest.mark.parametrize(
    "whole",
    [
        {"version": "v2.0", "data": [article(ANSWERED), article(IMPOSSIBLE, ANSWERED)]},
        {"data": [article(ANSWERED), article(ANSWERED)], "version": "1.1"},
        [article(IMPOSSIBLE, ANSWERED), article(ANSWERED)],
        {"paragraphs": article(ANSWERED)["paragraphs"] * 2, "title": "Bridges"},
        {"data": [article({**ANSWERED, "answers": {"answer_start": [16], "text": ["1800"]}})] * 2},
    ],
)
def test_squad_becomes_a_row_for_each_answered_question(tmp_path, whole):
    found = seen(tmp_path, "a.json", whole)
    row = {"question": "When?", "context": "It was built in 1800.", "answer": "1800"}
    assert [{name: value for name, value in values.items() if name != "title"} for values in found["head"]] == [row] * 2
    if "Why?" in json.dumps(whole):
        assert noted(found, "without an answer in the text, left out: 1")


def test_squad_in_flat_rows_where_the_first_has_no_answer(tmp_path):
    rows = [
        {"id": str(n), "question": f"When {n}?", "context": "In 1800.", "answers": {"text": texts, "answer_start": [3]}}
        for n, texts in enumerate([[], ["1800"], ["", "1801"]])
    ]
    found = seen(tmp_path, "a.jsonl", made.jsonl_bytes(rows))
    assert [row["answer"] for row in found["head"]] == ["1800", "1801"]
    assert noted(found, "left out: 1")
    assert [row["answer"] for row in seen(tmp_path, "a.parquet", made.parquet_bytes(rows))["head"]] == ["1800", "1801"]


def test_squad_as_pandas_writes_it_to_csv(tmp_path):
    texts = "array([\"the guild's men\", 'masons'],\n      dtype=object)"
    answers = f"{{'text': {texts}, 'answer_start': array([1, 2], dtype=int32)}}"
    rows = [{"context": "So it was.", "question": "Who?", "answers": answers}]
    assert seen(tmp_path, "a.csv", made.csv_bytes(rows))["head"][0]["answer"] == "the guild's men"
