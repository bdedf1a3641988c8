"""Real supervisors and children for the tests of the workers."""

import pytest

from tests.workers.fleet import Fleet


@pytest.fixture
def fleet(workspace):
    """`fleet(TUNEWRIGHT_…=…)`: the workers of this test's workspace, ended with it."""
    started = []

    def start(**environment: str) -> Fleet:
        started.append(Fleet(workspace, **environment))
        return started[-1]

    yield start
    for each in started:
        each.close()
