"""Titles on pages, and names of downloads."""

import pytest

from app.plumbing.places import checked_name, plain_name
from app.wording.names import dataset_title, file_name, folder_title


def test_a_dataset_version_has_a_readable_title():
    assert [dataset_title("kunden", number) for number in (1, 4)] == ["kunden", "kunden, version 4"]
    assert [folder_title(name) for name in ("kunden", "/a.v2/kunden.v4_dataset")] == ["kunden", "kunden, version 4"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("kunden, version 4", "kunden-version-4.jsonl"),
        ("demo healthcare q4_k_m", "demo-healthcare-q4_k_m.jsonl"),
        ("a/b\\c:d*e?f", "a-b-c-d-e-f.jsonl"),
        ("…", "unnamed.jsonl"),
        ("con", "con-.jsonl"),
        ("AUX.v2", "AUX.v2-.jsonl"),
        ("größe ", "gr-e.jsonl"),
    ],
)
def test_a_download_has_a_name_valid_on_every_file_system(title, name):
    assert file_name(title, ".jsonl") == name


def test_a_run_can_be_named_after_a_version():
    words = folder_title("kunden.v4").replace(",", "")
    assert plain_name(words) == checked_name(words) == "kunden version 4"
