"""What jobs have made: written down with their end, found again where it is, never outside where it may be."""

import pytest

from core.errors import ConflictError, InputError, NotFoundError
from core.jobs import ArtifactKind, DeathCause, JobKind, JobState, PrepareSpec, TrainSpec
from storage import jobs
from storage.artifacts import NewArtifact, delete_artifact, get_artifact, list_artifacts
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


def test_what_is_deleted_is_gone_from_disk_and_from_the_lists(store, claim):
    path = store.settings.home / "datasets/x_dataset"
    (path / "train").mkdir(parents=True)
    jobs.succeed(store, claim().id, 1, {}, [made(path)])
    artifact_id = list_artifacts(store)[0].id
    delete_artifact(store, artifact_id)
    assert list(path.parent.iterdir()) == []
    with pytest.raises(NotFoundError):
        delete_artifact(store, artifact_id)


def test_what_a_job_only_compares_with_can_be_deleted(store, claim):
    path = store.settings.home / "datasets/x_dataset"
    path.mkdir(parents=True)
    jobs.succeed(store, claim().id, 1, {}, [made(path)])
    settings = {"source": "sample", "num_samples": 5, "compare_with": (str(path),), "not_compared_with": (str(path),)}
    jobs.enqueue(store, PrepareSpec(name="y", output_dir=str(path.parent), **settings), JobKind.PREPARE)
    delete_artifact(store, list_artifacts(store)[0].id)
    assert not path.exists()


@pytest.mark.parametrize("field", ["dataset", "split", "elsewhere"])
def test_what_a_job_that_has_not_ended_names_is_kept(store, claim, field):
    path = store.settings.home / "datasets/x_dataset"
    path.mkdir(parents=True)
    jobs.succeed(store, claim().id, 1, {}, [made(path)])
    artifact_id = list_artifacts(store)[0].id
    named = {"dataset": path, "split": path / "train", "elsewhere": f"{path}-2"}[field]
    spec = TrainSpec(name="run", output_dir=str(store.settings.home / "runs/run"), dataset=str(named))
    job = jobs.enqueue(store, spec, JobKind.TRAIN)
    if field == "elsewhere":
        delete_artifact(store, artifact_id)
        return
    with pytest.raises(ConflictError, match=job.id):
        delete_artifact(store, artifact_id)
    assert path.is_dir()
    jobs.cancel_queued(store, job.id)
    delete_artifact(store, artifact_id)
    assert not path.exists()
