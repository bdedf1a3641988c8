"""A dataset of the hub is looked at by a process of its own; what that says is told in words."""

import pytest

from app.hub import first_rows
from core.errors import InputError, UnavailableError


def test_without_a_network_its_first_rows_are_refused_in_words(here):
    with pytest.raises(UnavailableError, match="could not be reached") as refused:
        first_rows("acme/sums")
    assert "--input-file" in refused.value.remedy
    assert list((here / "downloads" / "hub").iterdir()) == []


def test_what_is_no_id_is_refused_by_the_same_words_as_when_it_is_prepared(here):
    with pytest.raises(InputError, match="no dataset id"):
        first_rows("../etc/passwd")
