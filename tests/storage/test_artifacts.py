"""What jobs have made: written down with their end, found again where it is, never outside where it may be."""

import shutil

import pytest

from core.errors import InputError, NotFoundError
from core.specs import ArtifactKind, DeathCause, JobKind, JobState
from storage import claims, endings, jobs
from storage.actors import OWNER, Actor
from storage.artifacts import NewArtifact, artifact_ids, get_artifact, list_artifacts, places_now
from storage.database import open_store
from storage.settings import Settings


def made(path, kind=ArtifactKind.DATASET) -> NewArtifact:
    return NewArtifact(kind, "a dataset", str(path), 120, "ab" * 32, {"splits": {"train": 8}})


def test_an_artifact_is_there_with_the_success_of_its_job(store, claim):
    job, path = claim(), store.settings.home / "datasets/x_dataset"
    endings.succeed(store, job.id, 1, {"path": str(path)}, [made(path), made(path / "part", ArtifactKind.GGUF)])
    dataset = list_artifacts(store, OWNER, kind=ArtifactKind.DATASET)[0]
    assert (dataset.path, dataset.size_bytes, dataset.facts) == (str(path), 120, {"splits": {"train": 8}})
    assert (dataset.job_id, dataset.attempt, dataset.owner_id) == (job.id, 1, "owner")
    assert get_artifact(store, OWNER, dataset.id).path == str(path)
    assert len(list_artifacts(store, OWNER, job_id=job.id)) == 2


def test_a_path_elsewhere_is_refused_and_the_job_does_not_succeed(store, claim, tmp_path):
    job = claim()
    (store.settings.home / "datasets").mkdir()
    (store.settings.home / "datasets/link").symlink_to(tmp_path)
    for place in (tmp_path / "other", store.settings.home / "../other", store.settings.home / "datasets/link/x"):
        with pytest.raises(InputError, match="outside"):
            endings.succeed(store, job.id, 1, {}, [made(place)])
    assert jobs.get_job(store, OWNER, job.id).state == JobState.RUNNING
    assert list_artifacts(store, OWNER) == []


def test_a_sibling_with_the_same_beginning_is_elsewhere(store, claim):
    with pytest.raises(InputError):
        endings.succeed(store, claim().id, 1, {}, [made(f"{store.settings.home}-2/x")])


def test_a_workspace_can_be_moved(store, claim, tmp_path):
    endings.succeed(store, claim().id, 1, {}, [made(store.settings.home / "datasets/x_dataset")])
    store.close()
    moved = tmp_path / "moved"
    store.settings.home.rename(moved)
    found = list_artifacts(open_store(Settings(home=moved)), OWNER)
    assert found[0].path == str(moved / "datasets/x_dataset")


def test_a_link_put_there_later_is_not_followed(store, claim, tmp_path):
    path = store.settings.home / "datasets/x_dataset"
    endings.succeed(store, claim().id, 1, {}, [made(path)])
    path.parent.mkdir()
    path.symlink_to(tmp_path)
    with pytest.raises(InputError, match="outside"):
        get_artifact(store, OWNER, list_artifacts(store, OWNER)[0].id)


def test_an_attempt_that_died_leaves_no_artifact(store, claim):
    job, path = claim(), store.settings.home / "datasets/x_dataset"
    endings.interrupt(store, job.id, 1, DeathCause.KILLED, "killed")
    second = claims.claim(store, "w", [JobKind.PREPARE])
    endings.succeed(store, second.id, 2, {}, [made(path)])
    assert [artifact.attempt for artifact in list_artifacts(store, OWNER)] == [2]


def test_an_unknown_artifact_is_not_found(store):
    with pytest.raises(NotFoundError):
        get_artifact(store, OWNER, "../../etc/passwd")


def test_what_specs_name_is_found_by_its_id_in_another_workspace(store, claim, tmp_path):
    home = store.settings.home
    dataset, run = home / "datasets/x_dataset", home / "runs/one"
    for folder in (dataset, run / "final"):
        folder.mkdir(parents=True)
    endings.succeed(store, claim().id, 1, {}, [made(dataset), made(run / "final", ArtifactKind.ADAPTER)])
    named = {str(dataset), str(run), str(run / "final"), str(run / "checkpoint-5"), "/elsewhere/data"}
    ids = artifact_ids(store, OWNER, named)
    assert set(ids) == {str(dataset), str(run), str(run / "final")} and ids[str(run)] == ids[str(run / "final")]
    assert places_now(store, OWNER, ids) == {path: path for path in ids}

    other = open_store(Settings(home=shutil.copytree(home, tmp_path / "other")))
    assert places_now(other, OWNER, ids) == {path: path.replace(str(home), str(tmp_path / "other")) for path in ids}
    shutil.rmtree(tmp_path / "other/datasets")
    assert set(places_now(other, OWNER, ids)) == {str(run), str(run / "final")}  # what is gone is left to its path
    assert artifact_ids(store, Actor("other"), named) == places_now(store, Actor("other"), ids) == {}
    other.close()
