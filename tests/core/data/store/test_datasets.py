"""A dataset folder is an ordinary DatasetDict, readable with and without the library; damage is detected."""

import datasets
import pytest

from core.data.store.datasets import open_dataset, open_split, read_split
from core.errors import CorruptArtifactError, InputError, NotFoundError
from tests.core.data.conftest import good_rows, write_json


@pytest.fixture
def dataset(tmp_path, prepare_file):
    return prepare_file(write_json(tmp_path / "rows.json", good_rows(30)))["path"]


def test_the_library_reads_it_and_writes_it_back_unchanged(dataset, tmp_path):
    loaded = datasets.load_from_disk(dataset)
    assert loaded.num_rows == {"train": 24, "validation": 3, "test": 3}
    assert loaded["train"].features["output"] == datasets.Value("string")
    assert loaded["train"].to_list() == list(read_split(dataset, "train"))
    mapped = loaded.map(lambda row: {"length": len(row["output"])}, keep_in_memory=True)
    assert mapped["test"]["length"][0] > 0
    loaded.save_to_disk(tmp_path / "again")
    assert datasets.load_from_disk(tmp_path / "again")["test"].to_list() == loaded["test"].to_list()


def test_a_dataset_dict_from_elsewhere_can_be_read(tmp_path):
    made = datasets.Dataset.from_list(good_rows(10))
    datasets.DatasetDict(train=made).save_to_disk(tmp_path / "theirs", num_shards={"train": 3})
    assert list(read_split(tmp_path / "theirs", "train")) == good_rows(10)
    assert open_split(tmp_path / "theirs", "train").to_list() == good_rows(10)


def test_a_dataset_dict_with_other_columns_is_refused(tmp_path):
    chats = [[{"role": "user", "content": "Hi"}]]
    for name, columns in (("other", {"question": ["a"]}), ("nested", {"messages": chats})):
        datasets.DatasetDict(train=datasets.Dataset.from_dict(columns)).save_to_disk(tmp_path / name)
        for read in (open_dataset, lambda path: list(read_split(path, "train"))):
            with pytest.raises(InputError, match=f"{name} cannot be used: The columns .* a prepared dataset") as caught:
                read(tmp_path / name)
            assert "Run prepare" in caught.value.remedy


def test_a_truncated_file_is_detected(dataset, tmp_path):
    with next((tmp_path / "out" / "mine_dataset" / "train").glob("*.arrow")).open("r+b") as file:
        file.truncate(100)
    with pytest.raises(CorruptArtifactError):
        open_dataset(dataset)
    with pytest.raises(CorruptArtifactError):
        list(read_split(dataset, "test"))


def test_missing_folders_and_splits_are_named(dataset, tmp_path):
    with pytest.raises(InputError, match="no other split") as caught:
        open_split(dataset, "other")
    assert "train, validation, test" in caught.value.remedy
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(NotFoundError):
            open_dataset(path)
