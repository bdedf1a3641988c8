"""Names of jobs and datasets."""

import pytest

from core.specs.names import is_name


@pytest.mark.parametrize("name", ["care", "care 2", "Care_2.v3", "a" * 80])
def test_valid_names(name):
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "a" * 81, "../evil", "a..b", " care", "care ", ".care", "x\0y", "a/b", "é"])
def test_invalid_names(name):
    assert not is_name(name)
