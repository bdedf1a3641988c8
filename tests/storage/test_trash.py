"""Throwing away, bringing back and freeing, each killed half-way: what is written down and what lies there agree."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ConflictError, NotFoundError
from core.specs import ArtifactKind, JobKind, PrepareSpec, StopRequest, TrainSpec
from core.specs.deployments import DeploymentState, DesiredState, Purpose
from core.specs.keeping import ThingKind
from storage import deployments, endings, jobs, needs, trash
from storage.actors import OWNER
from storage.artifacts import NewArtifact, get_artifact, list_artifacts
from storage.database import open_store
from storage.needs import Thing
from storage.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def dataset(store, claim) -> Thing:
    """A dataset of two files in a folder of its own."""
    path = store.settings.home / "datasets/x_dataset"
    (path / "train").mkdir(parents=True)
    (path / "train/data").write_bytes(bytes(1000))
    (path / "report").write_bytes(bytes(24))
    new = NewArtifact(ArtifactKind.DATASET, "x", str(path), 1024, "ab" * 32)
    endings.succeed(store, claim().id, 1, {}, [new])
    return Thing(ThingKind.DATASET, "x", (list_artifacts(store, OWNER)[0],), (path,))


def stands(store, thing: Thing) -> bool:
    """Whether all of it is there, in the lists and on disk; otherwise none of it is."""
    [path] = thing.paths
    listed = [one.id for one in list_artifacts(store, OWNER)] == [thing.rows[0].id]
    assert listed == path.exists() == (thing.size_bytes == 1024)
    return listed


def test_what_was_thrown_away_is_brought_back_whole_and_what_is_freed_is_gone(store, dataset):
    entry = trash.throw_away(store, OWNER, dataset)
    assert not stands(store, dataset)
    assert [(one.id, one.name, one.size_bytes) for one in trash.list_trash(store, OWNER)] == [(entry.id, "x", 1024)]
    trash.free_old(store, 60)
    assert len(trash.list_trash(store, OWNER)) == 1
    for asked in (
        lambda: get_artifact(store, OWNER, dataset.rows[0].id),
        lambda: trash.throw_away(store, OWNER, dataset),
    ):
        with pytest.raises(NotFoundError):
            asked()
    trash.bring_back(store, OWNER, entry.id)
    assert stands(store, dataset) and trash.list_trash(store, OWNER) == []

    assert trash.delete_at_once(store, OWNER, dataset) == 1024
    assert not stands(store, dataset) and trash.list_trash(store, OWNER) == []
    assert list((store.settings.home / "trash").iterdir()) == []
    with pytest.raises(NotFoundError):
        trash.bring_back(store, OWNER, entry.id)


def test_a_place_that_is_taken_again_is_not_overwritten(store, dataset):
    entry = trash.throw_away(store, OWNER, dataset)
    [path] = dataset.paths
    path.mkdir()
    with pytest.raises(ConflictError, match="exists again"):
        trash.bring_back(store, OWNER, entry.id)
    path.rmdir()
    trash.bring_back(store, OWNER, entry.id)
    assert stands(store, dataset)


def test_on_another_disk_or_elsewhere_it_is_put_aside_beside_its_place(store, dataset, claim, tmp_path):
    folder = tmp_path / "taken along"
    folder.mkdir()
    (folder / "weights").write_bytes(bytes(7))
    thing = Thing(ThingKind.RUN, "y", (endings.cancel_running(store, claim().id, 1),), (folder / "weights",))
    entry = trash.throw_away(store, OWNER, thing)
    assert [path.name for path in folder.iterdir()] == [f".weights.{entry.id}.deleted"]
    trash.bring_back(store, OWNER, entry.id)
    assert [path.name for path in folder.iterdir()] == ["weights"]


KILLED = """
import os, sys
from core.specs.keeping import ThingKind
from storage import trash
from storage.actors import OWNER
from storage.artifacts import list_artifacts
from storage.database import open_store
from storage.settings import Settings
from pathlib import Path

step, when, trash_id = sys.argv[1:]
real = {"rename": trash._rename, "remove": trash._remove}
def killing(function):
    def done(*places):
        if when == "after":
            function(*places)
        os.kill(os.getpid(), 9)
    return done
store = open_store(Settings())
for name in real:
    setattr(trash, "_" + name, killing(real[name]))
if step == "throw_away":
    [artifact] = list_artifacts(store, OWNER)
    trash.throw_away(store, OWNER, trash.Thing(ThingKind.DATASET, "x", (artifact,), (Path(artifact.path),)))
getattr(trash, step)(store, OWNER, trash_id)
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("step", "is_back"), [("throw_away", False), ("bring_back", True), ("free", False)])
def test_a_kill_half_way_is_finished_at_the_next_start(store, dataset, step, is_back, when):
    entry = None if step == "throw_away" else trash.throw_away(store, OWNER, dataset)
    command = [sys.executable, "-c", KILLED, step, when, entry.id if entry else ""]
    killed = subprocess.run(command, cwd=ROOT, env=os.environ | {"TUNEWRIGHT_HOME": str(store.settings.home)})
    assert killed.returncode == -signal.SIGKILL
    again = open_store(Settings())
    trash.finish_interrupted(again)
    assert stands(again, dataset) == is_back
    kept = trash.list_trash(again, OWNER)
    assert len(kept) == (step == "throw_away")
    if kept:
        trash.bring_back(again, OWNER, kept[0].id)
        assert stands(again, dataset)
    assert list((store.settings.home / "trash").iterdir()) == []
    again.close()


def test_what_a_job_only_compares_with_can_be_deleted(store, dataset):
    [path] = map(str, dataset.paths)
    settings = {"source": "sample", "num_samples": 5, "compare_with": (path,), "not_compared_with": (path,)}
    jobs.enqueue(store, OWNER, PrepareSpec(name="y", output_dir=str(Path(path).parent), **settings), JobKind.PREPARE)
    trash.throw_away(store, OWNER, dataset)
    assert not stands(store, dataset)


@pytest.mark.parametrize("field", ["dataset", "split", "elsewhere"])
def test_what_a_job_that_has_not_ended_names_is_kept(store, dataset, field):
    [path] = dataset.paths
    named = {"dataset": path, "split": path / "train", "elsewhere": f"{path}-2"}[field]
    spec = TrainSpec(name="run", output_dir=str(store.settings.home / "runs/run"), dataset=str(named))
    job = jobs.enqueue(store, OWNER, spec, JobKind.TRAIN)
    if field == "elsewhere":
        trash.throw_away(store, OWNER, dataset)
        return
    with pytest.raises(ConflictError, match=rf"needed by run \({job.id}\)"):
        trash.throw_away(store, OWNER, dataset)
    assert stands(store, dataset)
    jobs.request_stop(store, OWNER, job.id, StopRequest.CANCEL)
    trash.throw_away(store, OWNER, dataset)
    assert not stands(store, dataset)


def test_what_is_served_is_refused_and_the_studios_own_chat_ends(store, dataset):
    [path] = dataset.paths
    served = deployments.create_deployment(store, OWNER, name="to-others", purpose=Purpose.SERVE, model=str(path))
    chat = deployments.create_deployment(store, OWNER, name="chat", purpose=Purpose.CHAT, model=str(path / "train"))
    with pytest.raises(ConflictError, match="served as to-others"):
        trash.throw_away(store, OWNER, dataset)
    assert deployments.get_deployment(store, OWNER, chat.id).desired_state == DesiredState.RUNNING
    own = Thing(ThingKind.DEPLOYMENT, "to-others", (served,), (Path(served.secret_path),))
    with pytest.raises(ConflictError, match="still served"):
        trash.throw_away(store, OWNER, own)
    deployments.set_desired(store, OWNER, served.id, DesiredState.STOPPED)
    assert [row.name for row in needs.users_of(store, OWNER, dataset)[1]] == ["to-others"]
    trash.throw_away(store, OWNER, dataset)
    assert deployments.get_deployment(store, OWNER, chat.id).desired_state == DesiredState.STOPPED
    entry = trash.throw_away(store, OWNER, own)
    assert deployments.list_deployments(store, OWNER, purpose=Purpose.SERVE) == []
    assert not Path(served.secret_path).exists()
    trash.bring_back(store, OWNER, entry.id)
    assert deployments.get_deployment(store, OWNER, served.id).state == DeploymentState.STOPPED
    assert Path(served.secret_path).stat().st_mode & 0o777 == 0o600
