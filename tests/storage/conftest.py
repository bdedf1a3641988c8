"""A database of its own for every test, and short ways to put a job into it."""

import pytest

from core.specs import JobKind, PrepareSpec
from storage import claims, jobs
from storage.actors import OWNER
from storage.database import open_store
from storage.settings import Settings


@pytest.fixture
def store(workspace):
    opened = open_store(Settings())
    yield opened
    opened.close()


@pytest.fixture
def enqueue(store):
    """`enqueue()` asks for a job and returns its row."""

    def ask(name="a job", **values):
        output_dir = str(store.settings.home / "datasets")
        spec = PrepareSpec(name=name, output_dir=output_dir, source="sample", num_samples=10, **values)
        return jobs.enqueue(store, OWNER, spec, JobKind.PREPARE)

    return ask


@pytest.fixture
def claim(store, enqueue):
    """`claim()` asks for a job and takes it, as worker `w`."""

    def take(**values):
        enqueue(**values)
        return claims.claim(store, "w", [JobKind.PREPARE])

    return take
