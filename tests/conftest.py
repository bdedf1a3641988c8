"""What every test stands on: calm threads, no hub, and a workspace of its own."""

import os

import pytest

# Before any library loads: threads of two processes that spin while they wait slow each other down fifty times.
os.environ.update(
    {
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
    }
)


@pytest.fixture(scope="session", autouse=True)
def _nobodys_workspace(tmp_path_factory):
    """A test that forgets to ask for a workspace must not find the person's own."""
    os.environ["TUNEWRIGHT_HOME"] = str(tmp_path_factory.mktemp("nobody"))


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """An empty folder that is TUNEWRIGHT_HOME for this test and for every child it starts."""
    home = tmp_path / "workspace"
    home.mkdir()
    monkeypatch.setenv("TUNEWRIGHT_HOME", str(home))
    return home
