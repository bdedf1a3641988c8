"""Training rows are compared with the studio's evaluation sets, by default or as chosen."""

import pytest

from app.data import evaluation_sets
from app.data.start_preparing import start_preparing
from app.data.versions import delete_dataset, revise
from core.specs.results.report import Finding
from storage.actors import OWNER
from tests.app.working import work_off
from tests.core.data.conftest import good_rows, write_json_lines

ONLY_TEST = {"train_ratio": 0, "val_ratio": 0, "test_ratio": 1}
ONLY_TRAIN = {"train_ratio": 1, "val_ratio": 0, "test_ratio": 0}
LONG = " ".join(f"word{number}" for number in range(60))


def a_file(folder, name: str, rows: list[dict]) -> str:
    return str(write_json_lines(folder / f"{name}.jsonl", rows))


def made(folder, name: str, rows: list[dict], **settings) -> dict:
    return work_off(start_preparing(OWNER, input_file=a_file(folder, name, rows), name=name, min_words=0, **settings))


def leakage(dataset: dict) -> Finding | None:
    return next((one for one in dataset["report"].findings if one.kind == "leakage"), None)


def notes(dataset: dict) -> str:
    return " | ".join(dataset["report"].source.notes)


@pytest.fixture
def exam(here, tmp_path) -> dict:
    """An evaluation set: rows 0 to 9 of `good_rows`, and one long answer."""
    rows = [*good_rows(10), {"instruction": "Which words are these?", "output": LONG}]
    return made(tmp_path, "exam", rows, **ONLY_TEST)


@pytest.fixture
def rows() -> list[dict]:
    """Sixty training rows, three of which are in the exam: identical, with another answer, and nearly the same."""
    rows = good_rows(80)[20:]
    rows[4] = good_rows(10)[7]
    rows[5] = {**good_rows(10)[8], "output": "Another answer that nobody has given so far."}
    rows[6] = {"instruction": "Name these words.", "output": LONG.replace("word30", "other")}
    return rows


def test_training_rows_found_in_an_evaluation_set_are_listed_and_dropped_with_one_click(exam, rows, tmp_path):
    first = made(tmp_path, "mine", rows, **ONLY_TRAIN)
    found = leakage(first)
    assert (found.severity, found.rows, found.mend) == ("warning", [5, 6, 7], "drop_leaks")
    assert "exam (3)" in found.why
    assert first["report"].compared_with == ["exam"]
    assert first["report"].state == "ready with warnings"
    mended = work_off(revise(OWNER, "mine", mends=["drop_leaks"]))
    assert leakage(mended) is None and mended["report"].splits == {"train": 57}
    assert mended["report"].compared_with == ["exam"]


def test_a_version_is_not_compared_with_its_own_dataset(here, tmp_path):
    made(tmp_path, "mine", good_rows(60))
    anew = work_off(revise(OWNER, "mine", train_ratio=0.5, val_ratio=0, test_ratio=0.5, seed=7))
    assert leakage(anew) is None and anew["report"].compared_with == []
    other = made(tmp_path, "other", good_rows(60), **ONLY_TRAIN)
    assert other["report"].compared_with == ["mine.v2"]  # of another dataset, the newest version
    assert leakage(other).count == anew["report"].splits["test"]


def test_the_chosen_comparison_holds_for_later_versions(exam, rows, tmp_path):
    alone = made(tmp_path, "mine", rows, compare_with=[], **ONLY_TRAIN)
    assert leakage(alone) is None and alone["report"].compared_with == []
    assert "not compared with these evaluation sets of the studio: exam" in notes(alone)
    later = made(tmp_path, "later", good_rows(30)[25:], **ONLY_TEST)
    tagged = work_off(revise(OWNER, "mine", changes=[{"kind": "tag", "rows": [1], "tag": "x"}]))
    assert tagged["report"].compared_with == ["later"]
    assert leakage(tagged).rows == [8, 9, 10]
    again = work_off(revise(OWNER, "mine", changes=[], compare_with=["exam", later["id"]]))
    assert again["report"].compared_with == ["exam", "later"]
    assert "exam (3), later (3)" in leakage(again).why


def test_an_evaluation_set_deleted_before_the_job_starts_is_only_noted(exam, rows, tmp_path):
    asked = start_preparing(OWNER, input_file=a_file(tmp_path, "mine", rows), name="mine", min_words=0, **ONLY_TRAIN)
    assert asked.spec["compare_with"] == [exam["path"]]
    delete_dataset(OWNER, "exam")
    done = work_off(asked)
    assert leakage(done) is None and done["report"].compared_with == []
    assert "not compared with exam: it was deleted in the meantime" in notes(done)


def test_of_many_evaluation_sets_the_newest_are_compared(exam, tmp_path, monkeypatch):
    newer = made(tmp_path, "newer", good_rows(45)[40:], **ONLY_TEST)
    both = start_preparing(OWNER, source="sample", domain="legal", num_samples=20)
    assert both.spec["compare_with"] == [newer["path"], exam["path"]] and both.spec["not_compared_with"] == []
    monkeypatch.setattr(evaluation_sets, "_MOST_SETS", 1)
    few = start_preparing(OWNER, source="sample", domain="legal", num_samples=20)
    assert (few.spec["compare_with"], few.spec["not_compared_with"]) == ([newer["path"]], [exam["path"]])
    monkeypatch.undo()
    monkeypatch.setattr(evaluation_sets, "_MOST_SET_ROWS", 12)  # the newer has 5, the exam 11
    few = start_preparing(OWNER, source="sample", domain="legal", num_samples=20)
    assert few.spec["compare_with"] == [newer["path"]]


def test_a_dataset_with_only_a_training_split_is_not_an_evaluation_set(here, rows, tmp_path):
    made(tmp_path, "mine", rows, **ONLY_TRAIN)
    asked = start_preparing(OWNER, source="sample", domain="legal", num_samples=20)
    assert asked.spec["compare_with"] == asked.spec["not_compared_with"] == []
