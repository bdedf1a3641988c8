"""Processes return results in order, and errors keep their messages."""

import os
from functools import partial

import pytest

from core.errors import InputError, UnavailableError
from core.processes.pool import in_processes


class Doubling:
    def __init__(self, refuse: bool = False):
        if refuse:
            raise InputError("There is no such model.", "Choose another.")

    def __call__(self, number: int) -> int:
        if number < 0:
            os._exit(9)
        if number == 13:
            raise InputError("13 is refused.", "Give 12.")
        return 2 * number


def test_results_come_in_the_order_of_the_items():
    assert list(in_processes(Doubling, range(12))) == list(range(0, 24, 2))


def test_errors_keep_their_message_and_remedy():
    with pytest.raises(InputError) as refused:
        list(in_processes(Doubling, [12, 13], most=1))
    assert (refused.value.message, refused.value.remedy) == ("13 is refused.", "Give 12.")
    with pytest.raises(InputError, match="no such model"):
        list(in_processes(partial(Doubling, refuse=True), [1], most=1))


def test_a_killed_process_is_reported():
    with pytest.raises(UnavailableError, match="was killed"):
        list(in_processes(Doubling, [-1], most=1))
