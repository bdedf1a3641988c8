"""Exports in every format have the same examples, and can be read back where the format allows."""

import csv
import json
import subprocess
import sys
import zipfile

import datasets
import pyarrow.parquet as pq
import pytest

from core.data.file_kinds import ExportFormat
from core.data.reading import open_path
from core.data.shapes import Mapper, detect
from core.data.store.exporting import export
from core.errors import CorruptArtifactError, NotFoundError
from tests.core.data.stored import store_dataset

PLAIN = [
    {"instruction": "Sum?", "input": "", "output": '=1+1 is "2"\nthen', "tags": "a, b", "row": 3},
    {"instruction": "-5 or\t+5?", "input": "é – 你", "output": "-5", "tags": "", "row": 7},
]
ARGUMENTS = {"city": "Köln", "days": [1, 2]}
CALLS = [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": ARGUMENTS}}]
TALK = [
    {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Rain?"},
    {"role": "assistant", "content": "", "tool_calls": CALLS},
    {"role": "tool", "content": "{}", "name": "weather", "tool_call_id": "c1"}, {"role": "assistant", "content": "No."},
]  # fmt: skip
THOUGHT = [
    {"role": "assistant", "content": "Yes.", "weight": 0.0}, {"role": "user", "content": "Sure?"},
    {"role": "assistant", "content": "No.", "reasoning_content": "It is dry."},
]  # fmt: skip
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]
CHATS = [
    {"messages": json.dumps(TALK, ensure_ascii=False), "tools": json.dumps(TOOLS), "row": 1},
    {"messages": json.dumps(TALK[:2] + TALK[-1:]), "tools": "", "row": 2},
    {"messages": json.dumps(TALK[:2] + THOUGHT), "tools": "", "row": 3},
]
PREFERENCES = [{"messages": json.dumps(TALK[:2]), "chosen": "No.", "rejected": "Yes.", "row": 1}]
FEEDBACK = [{"messages": json.dumps(TALK[:2]), "output": "No.", "label": "good", "row": 1}]
TEXTS = [{"text": "Once upon a time,\nthere was a test that could fail.", "source": "a.txt", "row": 1}]


@pytest.fixture
def exported(tmp_path):
    """The exported file of a dataset with these rows."""

    def run(kind: str, rows: list[dict]):
        folder = store_dataset(tmp_path / f"{kind}{len(rows)}" / "x_dataset", {"train": rows, "test": rows[:1]})
        export(folder, ExportFormat(kind), tmp_path / f"x.{kind}")
        return tmp_path / f"x.{kind}"

    return run


def read_jsonl(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_parquet(path) -> list[dict]:
    return pq.read_table(path).to_pylist()


def examples(rows: list[dict]) -> list[dict]:
    """The rows of a file as examples, as `prepare` would make them."""
    mapper = Mapper(detect(list(rows[0]), rows))
    made = [mapper.example(row) for row in rows]
    assert [problem for _, problem in made] == [None] * len(rows)
    return [example for example, _ in made]


def assert_same_examples(found: list[dict], rows: list[dict]) -> None:
    """The rows read back make the same examples; JSON columns may be formatted differently."""
    for example, row in zip(examples(found), rows, strict=True):
        stored = {name: value for name, value in row.items() if name != "row"}
        for name in ("messages", "tools"):
            if stored.get(name):
                assert json.loads(example.pop(name)) == json.loads(stored.pop(name))
        assert example == stored


@pytest.mark.parametrize("rows", [PLAIN, CHATS, PREFERENCES, FEEDBACK, TEXTS])
@pytest.mark.parametrize(("kind", "read"), [("jsonl", read_jsonl), ("parquet", read_parquet)])
def test_an_export_reads_back_as_the_same_examples(exported, kind, read, rows):
    found = read(exported(kind, rows))
    assert [(row["split"], row["row"]) for row in found] == [
        *(("train", row["row"]) for row in rows), ("test", rows[0]["row"]),
    ]  # fmt: skip
    assert_same_examples(found, [*rows, rows[0]])


def test_conversations_are_exported_as_lists(exported):
    [first, second, third, _] = read_jsonl(exported("jsonl", CHATS))
    assert first["messages"] == TALK
    assert first["tools"] == TOOLS
    assert second["tools"] == []
    assert third["messages"] == TALK[:2] + THOUGHT
    table = pq.read_table(exported("parquet", CHATS[1:2]))
    assert table.to_pylist()[0]["messages"] == TALK[:2] + TALK[-1:]


def test_csv_cells_are_never_taken_for_formulas(exported):
    path = exported("csv", [*PLAIN, PLAIN[0] | {"instruction": "@x", "output": "\t1", "row": 9}])
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["split", "instruction", "input", "output", "tags", "row"]
    assert rows[0]["output"] == '\'=1+1 is "2"\nthen'
    assert (rows[1]["instruction"], rows[1]["input"], rows[1]["output"]) == ("'-5 or\t+5?", "é – 你", "'-5")
    assert (rows[2]["instruction"], rows[2]["output"]) == ("'@x", "'\t1")
    assert [row["row"] for row in rows] == ["3", "7", "9", "3"]


def test_full_width_signs_and_leading_line_breaks_are_escaped_too(exported):
    signs = ["＝1+1", "＋1", "－1", "＠SUM(1)", "\n=1+1", "\r=1"]
    path = exported("csv", [PLAIN[0] | {"output": sign, "row": number} for number, sign in enumerate(signs)])
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["output"] for row in csv.DictReader(file)][: len(signs)] == [f"'{sign}" for sign in signs]


@pytest.mark.parametrize("rows", [PLAIN, CHATS])
def test_the_datasets_library_loads_the_zipped_datasetdict(exported, tmp_path, rows):
    with zipfile.ZipFile(exported("datasetdict", rows)) as archive:
        archive.extractall(tmp_path / "unpacked")
    loaded = datasets.load_from_disk(tmp_path / "unpacked" / "x_dataset")
    assert loaded.num_rows == {"train": len(rows), "test": 1}
    found = loaded["train"].to_list()
    assert [row["row"] for row in found] == [row["row"] for row in rows]
    if rows is CHATS:
        assert [message["role"] for message in found[0]["messages"]] == [message["role"] for message in TALK]
        assert json.loads(found[0]["messages"][2]["tool_calls"][0]["function"]["arguments"]) == ARGUMENTS
    else:
        assert found == rows


@pytest.mark.parametrize("rows", [PLAIN, CHATS, PREFERENCES])
def test_the_zipped_datasetdict_reads_back_with_its_splits(exported, rows):
    found = [row.values for row in open_path(exported("datasetdict", rows)).rows]
    assert sorted(row["split"] for row in found) == ["test", *["train"] * len(rows)]
    read = {example["row"]: example for example in found if example["split"] == "train"}
    assert list(read) == [row["row"] for row in rows]
    assert_same_examples(list(read.values()), rows)


def test_a_dataset_with_a_wrong_checksum_is_not_exported(tmp_path):
    folder = store_dataset(tmp_path / "x_dataset", {"train": PLAIN})
    (folder / "manifest.json").write_text('{"files": {"train/state.json": {"bytes": 1, "sha256": ""}}}')
    with pytest.raises(CorruptArtifactError):
        export(folder, ExportFormat.JSONL, tmp_path / "again.jsonl")
    with pytest.raises(NotFoundError):
        export(tmp_path / "gone_dataset", ExportFormat.CSV, tmp_path / "again.csv")
    assert list(tmp_path.glob("again*")) == []


def test_the_command_reports_errors_as_json(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "core.data.store.exporting", tmp_path / "gone", "jsonl", tmp_path / "x.jsonl"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["type"] == "NotFoundError"
