"""The rules for names: what a job may be called, and how dataset folders and versions are named."""

from fnmatch import fnmatch

import pytest

from core.specs.names import (
    dataset_name,
    folder_name,
    is_hub_id,
    is_name,
    later_versions,
    root_and_version,
    version_name,
)


@pytest.mark.parametrize("name", ["care", "care 2", "Care_2.v3", "a" * 80])
def test_valid_names(name):
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "a" * 81, "../evil", "a..b", " care", "care ", ".care", "x\0y", "a/b", "é"])
def test_invalid_names(name):
    assert not is_name(name)


@pytest.mark.parametrize(("name", "folder"), [("my care", "my_care_dataset"), ("care_dataset", "care_dataset")])
def test_a_folder_is_named_after_its_dataset(name, folder):
    assert folder_name(name) == folder
    assert dataset_name(f"/data/{folder}") == folder.removesuffix("_dataset")


def test_a_version_carries_its_number():
    assert version_name("my care", 3) == "my_care.v3"
    assert root_and_version("my_care.v3") == ("my_care", 3)
    assert root_and_version("my_care") == ("my_care", None)


def test_the_pattern_for_later_versions_matches_only_those():
    pattern = later_versions("care_dataset")
    folders = ["care.v2_dataset", "care.v10_dataset", "care_dataset", "care.vx_dataset", "cared.v2_dataset"]
    assert [folder for folder in folders if fnmatch(folder, pattern)] == folders[:2]


@pytest.mark.parametrize("text", ["HuggingFaceTB/SmolLM2-135M", "squad", "a/b", "o.r_g/n-1"])
def test_hub_ids(text):
    assert is_hub_id(text)


@pytest.mark.parametrize("text", ["", "a/", "/a", "a/b/c", "../a", "a/..", "a--b/c", "a b/c", "é/c", "a/" + "b" * 97])
def test_invalid_hub_ids(text):
    assert not is_hub_id(text)
