"""Versions: changes by hand and one-click fixes make a new dataset. Rows keep their ids, the parent stays unchanged."""

from pathlib import Path

import pytest

from core.data.preparing.prepare import prepare
from core.data.store.datasets import read_split
from core.errors import InputError
from core.specs import Change, PrepareSpec
from tests.core.data.conftest import good_row, good_rows, stored_report, write_json_lines


@pytest.fixture
def parent(tmp_path, prepare_file):
    return prepare_file(write_json_lines(tmp_path / "rows.jsonl", good_rows(60)))["path"]


def revise(parent, number=2, **values):
    folder = Path(parent)
    name = f"{folder.name.removesuffix('_dataset').partition('.v')[0]}.v{number}"
    spec = PrepareSpec(name=name, output_dir=str(folder.parent), source="dataset", parent=parent, **values)
    return prepare(spec).stored()


def by_row(path):
    splits = stored_report(path)["splits"]
    return {example["row"]: {**example, "split": split} for split in splits for example in read_split(path, split)}


def finding(path, kind):
    return next((one for one in stored_report(path)["findings"] if one["kind"] == kind), None)


def test_changes_by_hand_affect_only_their_rows(parent):
    before = by_row(parent)
    dropped, edited, tagged, moved = list(before)[:4]
    where = "test" if before[moved]["split"] == "train" else "train"
    result = revise(
        parent,
        changes=(
            Change(kind="drop", rows=(dropped,)),
            Change(kind="edit", rows=(edited,), values={"output": "That is a better answer, as all of us can see."}),
            Change(kind="tag", rows=(tagged,), tag="to check"),
            Change(kind="move", rows=(moved,), split=where),
            Change(kind="add", values={**good_row(900), "input": ""}, split="validation"),
        ),
    )
    after = by_row(result["path"])
    assert dropped not in after and result["dropped"] == {"left out by you": 1}
    assert after[edited]["output"] == "That is a better answer, as all of us can see."
    assert after[tagged]["tags"] == "to-check"
    assert after[moved]["split"] == where
    (added,) = after.keys() - before.keys()
    assert added == 61 and after[added]["split"] == "validation"
    for row in before.keys() - {dropped, edited, tagged, moved}:
        assert after[row] == {**before[row], "tags": ""}
    assert by_row(parent) == before
    version = result["report"]["version"]
    assert (version["number"], version["root"], version["parent"]) == (2, "mine", "mine_dataset")
    assert version["changes"] == "1 row dropped, 1 row edited, 1 row tagged, 1 row moved, 1 row added"
    assert Path(result["path"]).name == "mine.v2_dataset"


def test_a_row_id_is_never_reused(parent):
    add = Change(kind="add", values=good_row(900))
    second = revise(parent, changes=(add,))["path"]
    third = revise(second, 3, changes=(Change(kind="drop", rows=(61,)),))["path"]
    fourth = revise(third, 4, changes=(add,))["path"]
    assert by_row(fourth).keys() - by_row(parent).keys() == {62}


def test_a_version_is_not_cleaned_or_validated_again(tmp_path, prepare_file):
    rows = good_rows(30)
    rows[3]["output"] = "Two <b>bold</b>  words."
    path = write_json_lines(tmp_path / "rows.jsonl", rows + rows[:2])
    asked = {"cleaning": {"html": False, "whitespace": False}, "min_words": 2, "dedupe": "off"}
    parent = prepare_file(path, **asked)["path"]
    child = revise(parent, changes=(Change(kind="tag", rows=(1,), tag="seen"),))
    assert child["report"]["counts"] == {"read": 32, "kept": 32, "dropped": 0}
    assert by_row(child["path"])[4]["output"] == "Two <b>bold</b>  words."
    assert finding(child["path"], "exact_duplicates")["count"] == 2
    mended = revise(child["path"], 3, mends=("drop_exact_duplicates",))
    assert mended["dropped"] == {"duplicate of an earlier example": 2}


@pytest.mark.parametrize(
    "change, message",
    [
        (Change(kind="edit", rows=(7,), values={"output": " "}), "Row 7 cannot be kept as it was written: no output"),
        (Change(kind="drop", rows=(7, 500)), "1 changed rows are not in the dataset: 500"),
        (Change(kind="edit", rows=(7,), values={"answer": "Other."}), "no column 'answer'"),
    ],
)
def test_an_impossible_change_is_refused(parent, change, message):
    with pytest.raises(InputError, match=message):
        revise(parent, changes=(change,))
    assert [folder.name for folder in Path(parent).parent.iterdir()] == ["mine_dataset"]


def planted(tmp_path):
    """Rows with their splits: 3 training rows are also in the test split, one of them with a word changed."""
    rows = [{**row, "split": "train"} for row in good_rows(40)]
    long = " ".join(f"word{number}" for number in range(60))
    rows[2]["output"] = long
    test = [{**row, "split": "test"} for row in good_rows(50)[40:]]
    test += [{**rows[0], "split": "test"}, {**rows[1], "output": "Another answer to it.", "split": "test"}]
    test.append({**rows[2], "instruction": "What else?", "output": long.replace("word30", "other"), "split": "test"})
    return write_json_lines(tmp_path / "leaking.jsonl", rows + test)


def test_planted_leakage_is_found_fixed_and_back_when_undone(tmp_path, prepare_file):
    parent = prepare_file(planted(tmp_path), split_by="given")["path"]
    found = finding(parent, "leakage")
    assert found["severity"] == "error" and found["mend"] == "drop_leaks"
    assert {tuple(pair[:2]) for pair in found["pairs"]} == {(1, 51), (2, 52), (3, 53)}
    assert stored_report(parent)["verdict"]["state"] == "not ready"
    mended = revise(parent, mends=("drop_leaks",))
    assert finding(mended["path"], "leakage") is None
    assert by_row(parent).keys() - by_row(mended["path"]).keys() == {1, 2, 3}
    assert mended["splits"]["test"] == 13
    undone = revise(parent, 3)["path"]
    assert finding(undone, "leakage") == finding(parent, "leakage") == found


def test_questions_from_the_test_split_of_another_dataset_are_leaks_too(tmp_path, prepare_file):
    only_test = {"train_ratio": 0, "val_ratio": 0, "test_ratio": 1}
    exam = prepare_file(write_json_lines(tmp_path / "exam.jsonl", good_rows(10)), name="exam", **only_test)["path"]
    rows = write_json_lines(tmp_path / "rows.jsonl", good_rows(60))
    parent = prepare_file(rows, train_ratio=1, val_ratio=0, test_ratio=0, compare_with=(exam,))["path"]
    assert finding(parent, "leakage")["rows"] == list(range(1, 11))
    assert stored_report(parent)["compared_with"] == ["exam"]
    mended = revise(parent, mends=("drop_leaks",), compare_with=(exam,))
    assert mended["splits"] == {"train": 50} and finding(mended["path"], "leakage") is None


def test_a_version_can_be_split_again(parent):
    result = revise(parent, train_ratio=0.5, val_ratio=0, test_ratio=0.5, keep_together=False)
    assert result["splits"] == {"train": 30, "test": 30}
    assert by_row(result["path"]).keys() == by_row(parent).keys()
