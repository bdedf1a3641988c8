"""prepare: exact splits, reproducible, published whole or not at all."""

import json

import pytest

from core.data.preparing.prepare import prepare
from core.data.screening import batches, screening
from core.data.store.datasets import open_dataset, read_split
from core.errors import ConflictError, InputError
from core.manifests import verify_manifest
from core.processes.pool import in_processes
from core.reporting import Reporter, Stopped
from core.specs import PrepareSpec, StopRequest
from tests.core.data.conftest import (
    good_rows,
    prepare_samples,
    stored_report,
    texts_of,
    write_csv,
    write_json,
    write_json_lines,
)


def test_a_hundred_samples_are_split_eighty_ten_ten(tmp_path):
    result = prepare_samples(tmp_path, name="health care")
    assert result["splits"] == {"train": 80, "validation": 10, "test": 10}
    assert (result["duplicates"], result["dropped"]) == (0, {})
    assert result["path"] == str(tmp_path / "health_care_dataset")
    dataset = open_dataset(result["path"])
    assert {name: len(split) for name, split in dataset.items()} == result["splits"]
    assert set(dataset["train"].column_names) == {"instruction", "input", "output", "topic", "aspect", "row"}
    report = stored_report(result["path"])
    assert report == result["report"]
    assert report["notice"] and report["unused"] == [] and report["counts"] == {"read": 100, "kept": 100, "dropped": 0}
    assert sum(report["topics"].values()) == sum(bar["count"] for bar in report["lengths"]["histogram"]) == 100
    verify_manifest(tmp_path / "health_care_dataset")
    spec = json.loads((tmp_path / "health_care_dataset" / "spec.json").read_text())
    assert PrepareSpec(**spec).num_samples == 100


def test_samples_leak_on_purpose_and_the_report_says_so(tmp_path):
    def leakage(result):
        return [finding for finding in result["report"]["findings"] if finding["kind"] == "leakage"]

    (found,) = leakage(prepare_samples(tmp_path, num_samples=300))
    assert found["severity"] == "warning" and found["count"] > 10
    assert not leakage(prepare_samples(tmp_path, name="apart", num_samples=300, keep_together=True))


def test_the_same_seed_gives_the_same_dataset_and_another_seed_a_different_one(tmp_path):
    first, again = (prepare_samples(tmp_path / place)["path"] for place in ("a", "b"))
    other = prepare_samples(tmp_path / "c", seed=43)["path"]
    assert [list(read_split(first, name)) for name in ("train", "test")] == [
        list(read_split(again, name)) for name in ("train", "test")
    ]
    assert list(read_split(first, "test")) != list(read_split(other, "test"))


def test_num_samples_takes_that_many_valid_rows(tmp_path, prepare_file):
    rows = good_rows(50)
    rows[1]["output"] = ""
    result = prepare_file(write_csv(tmp_path / "rows.csv", rows), num_samples=10)
    assert result["splits"] == {"train": 8, "validation": 1, "test": 1}
    assert result["report"]["counts"] == {"read": 11, "kept": 10, "dropped": 1}


@pytest.mark.long
def test_several_processes_make_the_same_dataset_as_one(tmp_path, prepare_file, monkeypatch):
    rows = good_rows(2000)
    rows[1800]["output"] = ""
    rows[1900]["output"] += "  <b>Bold</b> it is."
    path = write_json_lines(tmp_path / "rows.jsonl", rows)
    alone = prepare_file(path, name="alone")
    shared_out = []
    monkeypatch.setattr(batches, "_BYTES_PER_BATCH", 20_000)
    monkeypatch.setattr(screening, "_ROWS_ALONE", 100)
    monkeypatch.setattr(screening, "in_processes", lambda *work: shared_out.append(work) or in_processes(*work))
    shared = prepare_file(path, name="shared")
    assert shared_out and texts_of(alone["path"]) == texts_of(shared["path"])
    same = ("counts", "dropped", "cleaning", "findings", "lengths", "tokens", "topics")
    assert {name: alone["report"][name] for name in same} == {name: shared["report"][name] for name in same}


def test_conversations_stay_conversations(tmp_path, prepare_file):
    rows = [
        {"conversations": [{"from": "human", "value": row["instruction"]}, {"from": "gpt", "value": row["output"]}]}
        for row in good_rows(40)
    ]
    result = prepare_file(write_json(tmp_path / "chats.json", rows))
    assert result["report"]["shape"] == "chat" and "conversations" in result["report"]["detected"]["reason"]
    example = next(read_split(result["path"], "train"))
    assert [message["role"] for message in json.loads(example["messages"])] == ["user", "assistant"]
    assert result["report"]["tokens"]["measured"] == 40


@pytest.mark.parametrize("extra", [
    {"messages": lambda row: [{"role": "user", "content": row["instruction"]},
                              {"role": "assistant", "content": row["output"]}]},
    {"prompt": lambda row: row["instruction"], "chosen": lambda row: row["output"], "rejected": lambda _: "No idea."},
    {"prompt": lambda row: row["instruction"], "completion": lambda row: row["output"], "label": lambda _: True},
    {"task": lambda row: row["instruction"], "answer": lambda row: row["output"], "history": lambda _: [["Hi", "Yes"]]},
])  # fmt: skip
def test_a_system_prompt_column_becomes_the_first_message(tmp_path, prepare_file, extra):
    rows = [{name: make(row) for name, make in extra.items()} | {"system": "Be brief."} for row in good_rows(12)]
    made = prepare_file(write_json_lines(tmp_path / "rows.jsonl", rows))
    for example in read_split(made["path"], "train"):
        assert json.loads(example["messages"])[0] == {"role": "system", "content": "Be brief."}
        assert "system" not in example


@pytest.mark.long
def test_thousands_of_rows(tmp_path, prepare_file):
    result = prepare_file(write_json_lines(tmp_path / "rows.jsonl", good_rows(3000)))
    assert result["splits"] == {"train": 2400, "validation": 300, "test": 300}
    assert len(open_dataset(result["path"])["train"]) == 2400


def test_an_unknown_domain_is_refused_with_the_list_of_domains(tmp_path):
    with pytest.raises(InputError, match="'astrology'.*healthcare, legal"):
        prepare_samples(tmp_path, domain="astrology")


def test_a_dataset_is_never_overwritten(tmp_path):
    path = prepare_samples(tmp_path)["path"]
    before = stored_report(path)
    with pytest.raises(ConflictError):
        prepare_samples(tmp_path, seed=1)
    assert stored_report(path) == before


def test_a_stop_request_is_followed_and_leaves_nothing(tmp_path):
    class Impatient(Reporter):
        def stop_requested(self):
            return StopRequest.CANCEL

    spec = PrepareSpec(
        name="mine", output_dir=str(tmp_path / "out"), source="file",
        input_file=str(write_json_lines(tmp_path / "rows.jsonl", good_rows(3000))),
    )  # fmt: skip
    with pytest.raises(Stopped):
        prepare(spec, Impatient())
    assert list((tmp_path / "out").iterdir()) == []
