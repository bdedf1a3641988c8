"""The paths in the database follow a workspace that was moved or copied, and only those that lead into it."""

import shutil

from sqlalchemy import text

from core.specs import JobKind, TrainSpec
from core.specs.deployments import Purpose
from storage import deployments, jobs
from storage.actors import OWNER
from storage.database import open_store
from storage.settings import Settings


def test_paths_into_the_workspace_follow_it_and_others_stay(store):
    home = store.settings.home
    spec = TrainSpec(name="run", output_dir=str(home / "runs/ö"), dataset=f"{home}-other/shop", model="org/name")
    job = jobs.enqueue(store, OWNER, spec, JobKind.TRAIN)
    served = deployments.create_deployment(
        store, OWNER, name="it", purpose=Purpose.SERVE, model=str(home / "exports/a.gguf")
    )
    store.close()
    copied = home.with_name("größer")
    shutil.copytree(home, copied)
    moved = open_store(Settings(home=copied))
    found = jobs.get_job(moved, OWNER, job.id)
    assert (found.spec["output_dir"], found.output_dir) == (f"{copied}/runs/ö",) * 2
    assert found.log_path == f"{copied}/logs/{job.id}.log"
    assert (found.spec["dataset"], found.spec["model"]) == (f"{home}-other/shop", "org/name")
    assert deployments.get_deployment(moved, OWNER, served.id).model == f"{copied}/exports/a.gguf"
    moved.close()
    left = open_store(Settings(home=home))
    assert jobs.get_job(left, OWNER, job.id).output_dir == f"{home}/runs/ö"
    left.close()


def test_a_workspace_that_stayed_where_it_was_is_not_written_to(store, enqueue):
    enqueue()
    store.close()
    opened = open_store(Settings())
    with opened.read() as session:
        before = session.scalar(text("PRAGMA data_version"))
        open_store(Settings()).close()
        assert session.scalar(text("PRAGMA data_version")) == before
    opened.close()
