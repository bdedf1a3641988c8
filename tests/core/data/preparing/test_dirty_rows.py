"""Every row is kept, cleaned, or dropped for a reason; none disappears silently."""

import random

import pytest

from core.data.store.datasets import read_split
from core.errors import InputError
from tests.core.data.conftest import good_row, good_rows, write_csv, write_json


def test_every_row_of_a_dirty_file_is_kept_or_dropped_for_a_reason(tmp_path, prepare_file):
    random_ = random.Random(5)
    dirt = [
        lambda row: {**row, "output": ""},
        lambda row: {**row, "instruction": None},
        lambda row: {**row, "output": "N/A"},
        lambda row: {**row, "output": {"text": "nested"}},
        lambda row: {**row, "output": row["instruction"].upper()},
        lambda row: {"instruction": "Why?", "input": "", "output": "Because."},
        lambda row: {**row, "output": "word " * 3000},
        lambda row: {**row, "output": "?!"},
        lambda row: good_row(0),
        lambda row: ["a", "list"],
        lambda row: 5,
        lambda row: {"other": "columns"},
    ]
    rows = [random_.choice(dirt)(row) if random_.random() < 0.5 else row for row in good_rows(400)]
    result = prepare_file(write_json(tmp_path / "dirty.json", rows))
    counts = result["report"]["counts"]
    assert counts["read"] == 400
    assert counts["kept"] == sum(result["splits"].values()) == len(rows) - sum(result["dropped"].values())
    assert counts["dropped"] == sum(result["dropped"].values()) > 100
    for reason in result["report"]["dropped"].values():
        assert len(reason["rows"]) == min(20, reason["count"])
        assert all(1 <= row <= 400 for row in reason["rows"])


def test_dropped_rows_have_the_numbers_that_a_spreadsheet_shows(tmp_path, prepare_file):
    rows = good_rows(10)
    rows[3]["output"] = ""  # the header is row 1
    rows[5]["instruction"] = "line one\nline two\nof a question that stands in one cell of the table"
    rows[8]["instruction"] = " "
    result = prepare_file(write_csv(tmp_path / "rows.csv", rows))
    assert result["report"]["dropped"] == {
        "no output": {"count": 1, "rows": [5]},
        "no instruction": {"count": 1, "rows": [10]},
    }


def test_text_is_cleaned_and_the_report_counts_it(tmp_path, prepare_file):
    rows = good_rows(10)
    rows[0]["output"] += " See https://example.org/numbers?x=1 for more."
    rows[1]["output"] = f"<p>{rows[1]['output']}</p>  &amp;  more"
    rows[2]["output"] = "https://example.org/"
    path, ratios = write_csv(tmp_path / "rows.csv", rows), {"train_ratio": 1, "val_ratio": 0, "test_ratio": 0}
    kept = prepare_file(path, name="kept", **ratios)
    [left] = [one for one in kept["report"]["findings"] if one["kind"] == "links_in_answers"]
    assert left["count"] == 3 and not kept["dropped"]
    result = prepare_file(path, cleaning={"answers": True}, **ratios)
    [changed] = [one for one in result["report"]["findings"] if one["kind"] == "cleaned_answers"]
    assert changed["title"] == "Cleaning changed answers: emptied 1 and shortened 2"
    assert "'https://example.org/' became ''" in changed["why"]
    assert changed["title"] in " ".join(result["report"]["verdict"]["why"])
    outputs = {example["instruction"]: example["output"] for example in read_split(result["path"], "train")}
    assert outputs[rows[0]["instruction"]].endswith("knows. See for more.")
    assert outputs[rows[1]["instruction"]].endswith("knows.\n& more")
    assert result["report"]["cleaned"] == {"web addresses": 2, "HTML": 1, "white space": 1}


def test_short_texts_with_labels_stay_unless_min_words_is_set(tmp_path, prepare_file):
    said = (
        "Great shop",
        "Never again",
        "Arrived late",
        "Lovely tent",
        "Broken zip",
        "Good value",
        "Rude staff",
        "Five stars",
    )
    rows = [{"text": f"{one} {number}", "label": ("good", "bad")[place % 2]}
            for number in range(5) for place, one in enumerate(said)]  # fmt: skip
    path = write_csv(tmp_path / "rows.csv", rows)
    result = prepare_file(path)
    assert result["report"]["counts"] == {"read": 40, "kept": 40, "dropped": 0}
    assert result["report"]["limits"]["min_words"] == 2 and result["report"]["label_data"]
    with pytest.raises(InputError, match="words"):
        prepare_file(path, name="longer", min_words=10)


def test_short_examples_without_labels_are_dropped(tmp_path, prepare_file):
    rows = [*good_rows(30), {"instruction": "And this?", "input": "", "output": "That."}]
    report = prepare_file(write_csv(tmp_path / "rows.csv", rows))["report"]
    assert report["counts"]["dropped"] == 1 and report["limits"]["min_words"] == 10
