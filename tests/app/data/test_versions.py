"""Versions of a dataset: revised, restored, compared, exported, deleted."""

import os

import pytest

from app.data.datasets import dataset, datasets, find_dataset, preview
from app.data.start_preparing import start_preparing
from app.data.versions import compare, delete_dataset, export_dataset, restore, revise, sweep_datasets, versions
from app.disk.trash import deleted
from app.jobs.stop_and_resume import cancel_job
from app.training.start_training import start_training
from core.errors import ConflictError, CorruptArtifactError, InputError, NotFoundError
from storage.actors import OWNER
from tests.app.working import work_off

ROWS = 12


def make(name: str = "care") -> dict:
    return work_off(start_preparing(OWNER, source="sample", domain="healthcare", num_samples=ROWS, name=name))


def rows_of(reference: str) -> dict[int, dict]:
    return {
        row["row"]: row for split in ("train", "validation", "test") for row in preview(OWNER, reference, split, 0, 500)
    }


def counts(found: dict) -> dict[str, int]:
    return {kind: one["count"] for kind, one in found.items()}


NOTHING = {"added": 0, "dropped": 0, "changed": 0, "moved": 0}


def test_every_change_makes_a_version_and_can_be_undone(here):
    first = make()
    before = rows_of("care")
    edited, dropped, tagged, moved = sorted(row for row, values in before.items() if values["split"] == "train")[:4]
    answer = "Drink water, rest, and ask a doctor when the fever stays for more than three days."
    changes = [
        {"kind": "edit", "rows": [edited], "values": {"output": answer}},
        {"kind": "drop", "rows": [dropped]},
        {"kind": "tag", "rows": [tagged], "tag": "checked"},
        {"kind": "move", "rows": [moved], "split": "test"},
        {"kind": "add", "values": {"instruction": "What helps against a fever?", "output": answer + " Do."}},
    ]
    second = work_off(revise(OWNER, "care", changes=changes))
    assert (first["name"], second["name"]) == ("care", "care@2")
    assert second["path"] == first["path"].replace("care_dataset", "care.v2_dataset")
    after = rows_of("care")
    assert after[edited]["output"] == answer
    assert dropped not in after
    assert after[tagged]["tags"] == "checked"
    assert after[moved]["split"] == "test"
    assert rows_of("care@1") == before
    assert counts(compare(OWNER, "care@1", "care")) == {"added": 1, "dropped": 1, "changed": 2, "moved": 1}

    third = work_off(restore(OWNER, "care", 1))
    assert third["name"] == "care@3"
    assert third["report"].version.changes == "as version 1 was"
    assert counts(compare(OWNER, first["id"], third["id"])) == NOTHING
    assert [one["version"] for one in versions(OWNER, "care@2")] == [1, 2, 3]
    with pytest.raises(NotFoundError, match="no version 9"):
        restore(OWNER, "care", 9)


def test_a_name_means_the_newest_version_and_a_number_that_one(here):
    first = make()
    second = work_off(revise(OWNER, "care", changes=[{"kind": "tag", "rows": [1], "tag": "x"}]))
    for reference in ("care", "care@2", second["id"], second["path"], "care.v2"):
        assert find_dataset(OWNER, reference) == second["path"], reference
    for reference in ("care@1", first["id"], first["path"]):
        assert find_dataset(OWNER, reference) == first["path"], reference
    for reference in ("care@3", "care@", "@1"):
        with pytest.raises(NotFoundError):
            find_dataset(OWNER, reference)


def test_versions_requested_at_once_get_different_numbers(here):
    make()
    change = {"kind": "tag", "rows": [1], "tag": "x"}
    names = [revise(OWNER, "care", changes=[change]).name for _ in range(3)]
    assert names == ["care.v2", "care.v3", "care.v4"]


def test_a_dataset_that_an_unfinished_job_needs_is_not_deleted(here):
    made = make()
    job = start_training(OWNER, dataset="care")
    with pytest.raises(ConflictError, match=job.id):
        delete_dataset(OWNER, "care")
    assert dataset(OWNER, "care")["path"] == made["path"]
    cancel_job(OWNER, job.id)
    delete_dataset(OWNER, "care")
    assert datasets(OWNER) == []
    assert list((here / "datasets").iterdir()) == []


def test_a_name_is_free_again_once_all_its_versions_are_deleted(here):
    first = make()
    work_off(revise(OWNER, "care", changes=[{"kind": "tag", "rows": [1], "tag": "x"}]))
    delete_dataset(OWNER, "care@1")
    assert [one["version"] for one in versions(OWNER, "care")] == [2]
    with pytest.raises(ConflictError, match="already exists"):
        make()
    assert work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=5))["name"] == "legal"
    delete_dataset(OWNER, "care")
    again = make()
    assert (again["name"], again["path"]) == ("care", first["path"])
    assert dataset(OWNER, "care")["id"] == again["id"] != first["id"]


def test_a_kill_during_deletion_leaves_nothing_half_deleted(here, monkeypatch):
    make()

    def killed(*_places):
        replace(*_places)
        raise KeyboardInterrupt

    replace = os.replace
    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        delete_dataset(OWNER, "care")
    monkeypatch.undo()
    assert datasets(OWNER) == []
    sweep_datasets()
    assert list((here / "datasets").iterdir()) == []
    assert [one.name for one in deleted(OWNER)] == ["care"]
    assert make()["name"] == "care"


def test_a_dataset_is_exported_as_a_file(here):
    made = make()
    file = export_dataset(OWNER, "care", "parquet")
    assert file.name == "care.parquet"
    made_at = file.stat().st_mtime_ns
    assert export_dataset(OWNER, made["id"], "parquet").stat().st_mtime_ns == made_at
    with pytest.raises(InputError, match="xml"):
        export_dataset(OWNER, "care", "xml")
    (here / "datasets" / "care_dataset" / "train" / "state.json").write_text("{}")
    with pytest.raises(CorruptArtifactError, match="care"):
        export_dataset(OWNER, "care", "jsonl")
    delete_dataset(OWNER, "care")
    assert not list((here / "downloads").glob("*/*"))


def test_an_exported_file_is_a_dataset_again(here):
    make()
    file = export_dataset(OWNER, "care", "jsonl")
    again = work_off(start_preparing(OWNER, input_file=str(file), name="again", split_by="given"))
    assert again["report"].splits == dataset(OWNER, "care")["report"].splits
    texts = [{(row["instruction"], row["output"], row["split"]) for row in rows_of(name).values()} for name in
             ("care", "again")]  # fmt: skip
    assert texts[0] == texts[1]
