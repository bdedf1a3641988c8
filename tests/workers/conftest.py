"""Real supervisors, children and model servers for the tests of the workers."""

import pytest

from storage.database import open_store
from storage.settings import Settings
from tests.workers.fleet import Fleet
from tests.workers.served import servers


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


@pytest.fixture
def store(workspace):
    opened = open_store(Settings(home=workspace))
    yield opened
    opened.close()


@pytest.fixture
def deploy(store):
    """`deploy(model, …)`: a started model server, ended with the test."""
    with servers(store) as start:
        yield start


@pytest.fixture
def gguf(starter_gguf):
    return starter_gguf("q4_k_m")
