"""A stage that is run again knows its own work from another's."""

import pytest

from core.errors import ConflictError
from core.reporting import Reporter
from core.specs import JobKind, PrepareSpec
from workers.handlers import HANDLERS


class Attempt(Reporter):
    def __init__(self, attempt: str):
        self.attempt = attempt


@pytest.fixture
def spec(tmp_path):
    return PrepareSpec(name="mine", output_dir=str(tmp_path), source="sample", domain="healthcare", num_samples=20)


def test_what_an_attempt_published_before_it_died_is_made_anew_by_the_next(spec, tmp_path):
    first, _ = HANDLERS[JobKind.PREPARE](spec, Attempt("prepare-20261122-aaaaaa.1"))
    again, artifacts = HANDLERS[JobKind.PREPARE](spec, Attempt("prepare-20261122-aaaaaa.2"))
    assert again == first and artifacts[0].path == first["path"]
    assert [place.name for place in tmp_path.iterdir()] == ["mine_dataset"]


def test_what_another_job_published_is_left_alone(spec, tmp_path):
    HANDLERS[JobKind.PREPARE](spec, Attempt("prepare-20261122-aaaaaa.1"))
    before = (tmp_path / "mine_dataset/manifest.json").stat()
    with pytest.raises(ConflictError):
        HANDLERS[JobKind.PREPARE](spec, Attempt("prepare-20261122-bbbbbb.2"))
    assert (tmp_path / "mine_dataset/manifest.json").stat() == before
