"""What jobs have made: written down with their end, found again where it is, never outside where it may be."""

import pytest

from core.errors import InputError, NotFoundError
from core.specs import ArtifactKind, DeathCause, JobKind, JobState
from storage import jobs
from storage.artifacts import NewArtifact, get_artifact, list_artifacts
from storage.database import open_store
from storage.settings import Settings


def made(path, kind=ArtifactKind.DATASET) -> NewArtifact:
    return NewArtifact(kind, "a dataset", str(path), 120, "ab" * 32, {"splits": {"train": 8}})


def test_an_artifact_is_there_with_the_success_of_its_job(store, claim):
    job, path = claim(), store.settings.home / "datasets/x_dataset"
    jobs.succeed(store, job.id, 1, {"path": str(path)}, [made(path), made(path / "part", ArtifactKind.GGUF)])
    dataset = list_artifacts(store, kind=ArtifactKind.DATASET)[0]
    assert (dataset.path, dataset.size_bytes, dataset.facts) == (str(path), 120, {"splits": {"train": 8}})
    assert (dataset.job_id, dataset.attempt, dataset.owner_id) == (job.id, 1, "owner")
    assert get_artifact(store, dataset.id).path == str(path)
    assert len(list_artifacts(store, job_id=job.id)) == 2


def test_a_path_elsewhere_is_refused_and_the_job_does_not_succeed(store, claim, tmp_path):
    job = claim()
    (store.settings.home / "datasets").mkdir()
    (store.settings.home / "datasets/link").symlink_to(tmp_path)
    for place in (tmp_path / "other", store.settings.home / "../other", store.settings.home / "datasets/link/x"):
        with pytest.raises(InputError, match="outside"):
            jobs.succeed(store, job.id, 1, {}, [made(place)])
    assert jobs.get_job(store, job.id).state == JobState.RUNNING
    assert list_artifacts(store) == []


def test_a_sibling_with_the_same_beginning_is_elsewhere(store, claim):
    with pytest.raises(InputError):
        jobs.succeed(store, claim().id, 1, {}, [made(f"{store.settings.home}-2/x")])


def test_a_workspace_can_be_moved(store, claim, tmp_path):
    jobs.succeed(store, claim().id, 1, {}, [made(store.settings.home / "datasets/x_dataset")])
    store.close()
    moved = tmp_path / "moved"
    store.settings.home.rename(moved)
    found = list_artifacts(open_store(Settings(home=moved)))
    assert found[0].path == str(moved / "datasets/x_dataset")


def test_a_link_put_there_later_is_not_followed(store, claim, tmp_path):
    path = store.settings.home / "datasets/x_dataset"
    jobs.succeed(store, claim().id, 1, {}, [made(path)])
    path.parent.mkdir()
    path.symlink_to(tmp_path)
    with pytest.raises(InputError, match="outside"):
        get_artifact(store, list_artifacts(store)[0].id)


def test_an_attempt_that_died_leaves_no_artifact(store, claim):
    job, path = claim(), store.settings.home / "datasets/x_dataset"
    jobs.interrupt(store, job.id, 1, DeathCause.KILLED, "killed")
    second = jobs.claim(store, "w", [JobKind.PREPARE])
    jobs.succeed(store, second.id, 2, {}, [made(path)])
    assert [artifact.attempt for artifact in list_artifacts(store)] == [2]


def test_an_unknown_artifact_is_not_found(store):
    with pytest.raises(NotFoundError):
        get_artifact(store, "../../etc/passwd")
