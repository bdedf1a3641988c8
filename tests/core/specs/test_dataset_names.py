"""Dataset folders and versions are named by one set of rules."""

from fnmatch import fnmatch

import pytest

from core.specs.dataset_names import dataset_name, folder_name, later_versions, root_and_version, version_name


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
