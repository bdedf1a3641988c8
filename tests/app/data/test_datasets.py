"""Finding and listing datasets and models."""

import shutil
from argparse import Namespace
from pathlib import Path

import pytest

from app.cli.values import given_values
from app.data.datasets import dataset, datasets, find_dataset, preview
from app.data.reports import title_in
from app.data.start_preparing import start_preparing
from app.models.find_model import find_model
from app.models.model_list import models
from core.errors import CorruptArtifactError, InputError, NotFoundError
from storage.actors import OWNER
from tests.app.working import work_off


def test_a_dataset_is_found_by_name_id_and_folder(prepared, typed_here):
    listed = next(entry for entry in datasets(OWNER) if entry["path"] == prepared["path"])
    assert listed["name"] == "healthcare"
    assert listed["report"].splits == prepared["splits"]
    assert dataset(OWNER, listed["id"])["path"] == dataset(OWNER, "healthcare")["path"] == prepared["path"]
    for reference in (listed["id"], "healthcare", prepared["path"], "data/processed/healthcare_dataset"):
        assert find_dataset(OWNER, reference) == prepared["path"]


def test_a_dataset_named_like_a_local_folder_is_found_by_its_name(shell, prepared, typed_here):
    folder = shell.folder / "healthcare"
    folder.mkdir()
    try:
        assert find_dataset(OWNER, "healthcare") == prepared["path"]
        assert given_values(Namespace(command="train", fields={}, dataset="healthcare"))["dataset"] == "healthcare"
        with pytest.raises(InputError, match="is not a dataset"):
            find_dataset(OWNER, "./healthcare")
    finally:
        folder.rmdir()


def test_a_command_can_name_a_folder_of_the_working_directory(prepared, typed_here, monkeypatch, tmp_path):
    monkeypatch.chdir(Path(prepared["path"]).parent)
    typed = Namespace(command="prepare", fields={}, parent="healthcare_dataset", compare_with=["healthcare_dataset"])
    assert given_values(typed) == {"parent": prepared["path"], "compare_with": [prepared["path"]]}
    with pytest.raises(NotFoundError):
        find_dataset(OWNER, "healthcare_dataset")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.gguf").touch()
    typed = Namespace(command="deploy", fields={}, model="mine.gguf", base_model="starter", reranker="mine.gguf")
    there = str(tmp_path / "mine.gguf")
    assert given_values(typed) == {"model": there, "base_model": "starter", "reranker": there}
    typed = Namespace(command="synthesize", fields={}, model="mine.gguf", endpoint="http://127.0.0.1:1/v1")
    assert given_values(typed)["model"] == "mine.gguf"
    with pytest.raises(NotFoundError):
        find_model(OWNER, "mine.gguf")


def test_examples_are_read_page_by_page(prepared, typed_here):
    whole = preview(OWNER, "healthcare", "train", limit=100)
    assert len(whole) == 24
    assert set(whole[0]) >= {"instruction", "input", "output"}
    pages = [preview(OWNER, "healthcare", "train", offset=offset, limit=7) for offset in (0, 7, 14, 21, 28)]
    assert [len(page) for page in pages] == [7, 7, 7, 3, 0]
    assert [example for page in pages for example in page] == whole
    assert len({example["instruction"] + example["input"] for example in whole}) == 24


def test_a_dataset_has_the_same_title_when_only_its_folder_is_known(here):
    made = work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=20, name="my own notes"))
    assert made["path"].endswith("my_own_notes_dataset")
    assert title_in(made["path"]) == "my own notes"
    shutil.rmtree(made["path"])
    assert title_in(made["path"]) == "my_own_notes"


def test_a_deleted_dataset_is_no_longer_listed(here):
    assert datasets(OWNER) == []
    with pytest.raises(NotFoundError, match="gone"):
        dataset(OWNER, "gone")


def test_the_default_model_comes_first_and_the_starter_is_always_listed(here):
    assert models(OWNER)[0]["id"] == "starter"
    assert find_model(OWNER, "starter").reference == "starter"


def test_a_gguf_is_validated_before_use(here, starter_gguf, tmp_path):
    path = starter_gguf("q4_k_m")
    assert find_model(OWNER, str(path)).reference == str(path)
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(path.read_bytes()[:50_000])
    with pytest.raises(CorruptArtifactError, match=r"cut\.gguf"):
        find_model(OWNER, str(cut))
