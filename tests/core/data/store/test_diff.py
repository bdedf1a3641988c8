"""Two versions of a dataset compared: rows added, dropped, changed and moved."""

import pytest

from core.data.store.diff import diff
from core.errors import NotFoundError
from tests.core.data.stored import store_dataset


def example(row: int, output: str, **labels: str) -> dict:
    return {"instruction": f"Question {row}?", "output": output, **labels, "row": row}


def counts(found: dict) -> dict[str, int]:
    return {kind: one["count"] for kind, one in found.items()}


@pytest.fixture
def first(tmp_path):
    splits = {"train": [example(row, f"Answer {row}") for row in range(1, 8)], "test": [example(9, "x" * 3000)]}
    return store_dataset(tmp_path / "x_dataset", splits)


def test_changes_are_found_by_row_id(first, tmp_path):
    train = [example(7, "Answer 7"), example(2, "Better 2"), example(3, "Answer 3"), example(11, "New")]
    test = [example(9, "x" * 2999 + "y"), example(4, "Answer four"), example(5, "Answer 5")]
    second = store_dataset(tmp_path / "x.v2_dataset", {"train": train, "test": test}, shards=1)
    found = diff(first, second)
    assert counts(found) == {"added": 1, "dropped": 2, "changed": 3, "moved": 2}
    assert found["added"]["rows"] == [
        {"row": 11, "split": "train", "instruction": "Question 11?", "output": "New"}
    ]  # fmt: skip
    assert [(row["row"], row["output"]) for row in found["dropped"]["rows"]] == [(1, "Answer 1"), (6, "Answer 6")]
    assert found["changed"]["rows"][0] == {
        "row": 2, "split": "train", "columns": "output", "before": "Answer 2", "after": "Better 2",
    }  # fmt: skip
    assert found["changed"]["rows"][2]["after"] == "…" + "x" * 100 + "y"
    assert [(row["row"], row["from"], row["to"]) for row in found["moved"]["rows"]] == [
        (4, "train", "test"), (5, "train", "test"),
    ]  # fmt: skip
    back = diff(second, first)
    assert counts(back) == {"added": 2, "dropped": 1, "changed": 3, "moved": 2}
    assert back["moved"]["rows"][0]["from"] == "test"


def test_the_order_of_rows_does_not_matter(first, tmp_path):
    assert counts(diff(first, first)) == dict.fromkeys(("added", "dropped", "changed", "moved"), 0)
    turned = {"train": [example(row, f"Answer {row}") for row in range(7, 0, -1)], "test": [example(9, "x" * 3000)]}
    second = store_dataset(tmp_path / "turned_dataset", turned, shards=3)
    assert counts(diff(first, second)) == dict.fromkeys(("added", "dropped", "changed", "moved"), 0)


def test_a_new_column_changes_only_rows_with_a_value(first, tmp_path):
    train = [example(row, f"Answer {row}", tags="hard" if row == 3 else "") for row in range(1, 8)]
    second = store_dataset(tmp_path / "tagged_dataset", {"train": train, "test": [example(9, "x" * 3000, tags="")]})
    found = diff(first, second)
    assert counts(found) == {"added": 0, "dropped": 0, "changed": 1, "moved": 0}
    [row] = found["changed"]["rows"]
    assert (row["row"], row["columns"], row["before"], row["after"]) == (3, "tags", "", "hard")


def test_the_number_of_rows_shown_is_limited(first, tmp_path):
    second = store_dataset(tmp_path / "other_dataset", {"train": [example(row, "other") for row in range(1, 8)]})
    found = diff(first, second, limit=2)
    assert found["changed"]["count"] == 7
    assert [row["row"] for row in found["changed"]["rows"]] == [1, 2]
    assert found["dropped"]["count"] == 1


def test_a_deleted_version_is_not_found(first, tmp_path):
    with pytest.raises(NotFoundError):
        diff(first, tmp_path / "gone_dataset")
