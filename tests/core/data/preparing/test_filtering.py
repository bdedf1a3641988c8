"""Deduplication and splitting: duplicates, near duplicates, splits by name or by ratio."""

import random

import pytest

from core.data.store.datasets import read_split
from core.errors import InputError
from tests.core.data.conftest import good_rows, question, texts_of, write_csv, write_json, write_json_lines

WORDS = [f"word{number}" for number in range(300)]


def test_duplicates_are_dropped_and_counted(tmp_path, prepare_file):
    rows = good_rows(20) + good_rows(5)
    result = prepare_file(write_json_lines(tmp_path / "rows.jsonl", rows))
    assert (result["duplicates"], sum(result["splits"].values())) == (5, 20)
    assert result["report"]["dropped"]["duplicate of an earlier example"]["rows"] == [21, 22, 23, 24, 25]


def test_duplicates_that_are_kept_are_never_in_two_splits(tmp_path, prepare_file):
    rows = good_rows(40)
    again = [{**row, "output": f"{row['output']} Truly."} for row in rows[:20]] + rows[20:30]
    result = prepare_file(write_json(tmp_path / "rows.json", rows + again), dedupe="off")
    assert result["duplicates"] == 10
    assert sum(result["splits"].values()) == 70
    asked = [{question(example) for example in read_split(result["path"], name)} for name in result["splits"]]
    assert all(asked) and sum(map(len, asked)) == len(set.union(*asked)) == 40


def test_the_order_of_the_file_does_not_matter(tmp_path, prepare_file):
    rows = good_rows(80) + good_rows(7)
    rows += [{**row, "output": f"{row['output']} Indeed, that is how it is."} for row in rows[20:30]]
    mixed = random.Random(3).sample(rows, len(rows))
    for dedupe in ("exact", "near"):
        made = [
            texts_of(
                prepare_file(write_json(tmp_path / "rows.json", some), name=f"{dedupe} {place}", dedupe=dedupe)["path"]
            )
            for place, some in (("first", rows), ("second", mixed))
        ]
        assert made[0] == made[1]


def test_near_duplicates_are_reported_and_dropped_on_request(tmp_path, prepare_file):
    rows = [
        {"instruction": f"What is {WORDS[n]}?", "input": "", "output": " ".join(random.Random(n).sample(WORDS, 60))}
        for n in range(30)
    ]
    twin = {**rows[4], "output": rows[4]["output"].replace(" ", " very ", 1)}
    path = write_json_lines(tmp_path / "rows.jsonl", [*rows, twin])
    told = prepare_file(path, name="told")
    (found,) = (one for one in told["report"]["findings"] if one["kind"] == "near_duplicates")
    assert found["rows"] == [5, 31] and found["pairs"][0][:2] == [5, 31] and found["mend"] == "drop_near_duplicates"
    homes = [name for name, texts in texts_of(told["path"]).items() for text in texts if text[0] == twin["instruction"]]
    assert len(homes) == 2 and len(set(homes)) == 1
    dropped = prepare_file(path, name="dropped", dedupe="near")
    assert dropped["dropped"] == {"near duplicate of another example": 1}


def test_rows_that_are_all_near_duplicates_are_split_and_reported_as_leaks(tmp_path, prepare_file):
    said = "is good for counting things, as everybody in this large and old world of ours knows very well."
    rows = [{"question": f"What is the number {n} good for?", "answer": f"The number {n} {said}"} for n in range(40)]
    result = prepare_file(write_csv(tmp_path / "rows.csv", rows), min_words=1)
    assert result["splits"] == {"train": 32, "validation": 4, "test": 4}
    assert result["report"]["source"]["notes"] == [
        "nearly all examples are near duplicates of one another, so they are in several splits"
    ]
    assert "leakage" in {one["kind"] for one in result["report"]["findings"] if one["severity"] == "error"}


def test_several_answers_to_one_question_cannot_be_split(tmp_path, prepare_file):
    rows = [{"question": "What is one more?", "answer": " ".join(random.Random(n).sample(WORDS, 9))} for n in range(9)]
    with pytest.raises(InputError, match="9 examples ask only 1 question, and all answers to one question"):
        prepare_file(write_csv(tmp_path / "rows.csv", rows), min_words=1)


def test_named_splits_are_kept_and_strata_are_spread(tmp_path, prepare_file):
    rows = [
        {**row, "Split": ("training", "dev", "Test")[n % 3], "kind": "ab"[n % 2]} for n, row in enumerate(good_rows(60))
    ]
    path = write_csv(tmp_path / "rows.csv", rows)
    given = prepare_file(path, name="given", split_by="given", column_map={"split": "Split"})
    assert prepare_file(path, name="unasked", split_by="given")["splits"] == given["splits"]
    assert given["splits"] == {"train": 20, "validation": 20, "test": 20}
    ratio = {"train_ratio": 0.5, "val_ratio": 0, "test_ratio": 0.5, "keep_together": False}
    spread = prepare_file(path, name="spread", stratify_by="kind", **ratio)
    for split in ("train", "test"):
        strata = [example["stratum"] for example in read_split(spread["path"], split)]
        assert (strata.count("a"), strata.count("b")) == (15, 15)


@pytest.mark.parametrize("documents, parted", [(20, False), (2, True)])
def test_rows_of_one_document_stay_in_one_split_if_there_are_enough(tmp_path, prepare_file, documents, parted):
    rows = [{**row, "source": f"document {n % documents}"} for n, row in enumerate(good_rows(100))]
    different = [{**row, "output": " ".join(random.Random(n).sample(WORDS, 40))} for n, row in enumerate(rows)]
    result = prepare_file(write_json(tmp_path / "rows.json", different))
    homes = {(example["source"], name) for name in result["splits"] for example in read_split(result["path"], name)}
    assert (len(homes) > documents) is parted
    assert any("rows of one document" in note for note in result["report"]["source"]["notes"]) is parted
