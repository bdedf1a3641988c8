"""Deleting: previewed, restorable for a day, then freed."""

from pathlib import Path

import pytest

from app.data.datasets import dataset, versions_of
from app.data.start_preparing import start_preparing
from app.data.versions import revise
from app.disk.trash import (
    delete,
    delete_for_good,
    deleted,
    empty_trash,
    preview_deletion,
    sweep_trash,
    tidy_trash,
    undo,
)
from app.disk.usage import storage_used
from app.jobs.artifacts import artifacts
from app.jobs.queries import job, jobs
from app.models.model_list import models
from app.plumbing.studio import store
from app.serve.deployments import deployments, stop_deployment
from core.errors import ConflictError, InputError, NotFoundError
from core.specs import ArtifactKind, EvaluateSpec, ExportSpec, JobKind, TrainSpec
from core.specs.deployments import Purpose
from storage.actors import OWNER
from storage.artifacts import NewArtifact
from storage.claims import claim
from storage.deployments import create_deployment
from storage.endings import fail, succeed
from storage.jobs import enqueue
from storage.processes import this_process
from storage.serving import mark_starting
from tests.app.working import pretend, work_off


def kept(home: Path) -> dict[str, str]:
    """A run, an evaluation of it that failed, an export with two files, a stopped deployment: kind to reference."""
    run = home / "runs" / "care"
    pretend(
        JobKind.TRAIN,
        TrainSpec(name="care", output_dir=str(run), dataset="/elsewhere"),
        ArtifactKind.ADAPTER,
        run / "final",
    )
    (run / "checkpoint-5").mkdir()
    (run / "checkpoint-5" / "weights").write_bytes(bytes(5000))
    scores = home / "runs" / "care-scores"
    spec = EvaluateSpec(name="care-scores", output_dir=str(scores), dataset="/elsewhere", model=str(run))
    broken = enqueue(store(), OWNER, spec, JobKind.EVALUATE)
    fail(store(), broken.id, claim(store(), "here", [JobKind.EVALUATE]).attempt, "It was out of luck.")
    scores.mkdir()
    (scores / "spec.json").write_text("{}")
    files = home / "exports" / "care"
    asked = enqueue(store(), OWNER, ExportSpec(name="care", output_dir=str(files), model=str(run)), JobKind.EXPORT)
    running = claim(store(), "here", [JobKind.EXPORT])
    files.mkdir(parents=True)
    made, reports = [], {}
    for kind in ("q8_0", "q4_k_m"):
        (files / f"model-{kind}.gguf").write_bytes(bytes(300))
        made.append(NewArtifact(ArtifactKind.GGUF, f"care {kind}", str(files / f"model-{kind}.gguf"), 300))
        parity = {"mean_kl_divergence": 0.01, "largest_kl_recommended": 0.25, "top1_agreement": 0.97}
        reports[kind] = {
            "path": made[-1].path, "bytes": 300, "sha256": "0" * 64, "verdict": "recommended", "why": None,
            "parity": parity,
        }  # fmt: skip
    succeed(store(), asked.id, running.attempt, {"gguf": reports}, made)
    served = create_deployment(
        store(), OWNER, name="to-others", purpose=Purpose.SERVE, model=str(files / "model-q8_0.gguf"), port=0
    )
    stop_deployment(OWNER, served.id)
    by_kind = {one.kind: one.id for one in jobs(OWNER)}
    return {
        "run": by_kind[JobKind.TRAIN],
        "evaluation": by_kind[JobKind.EVALUATE],
        "export": asked.id,
        "model": next(one["id"] for one in models(OWNER) if one["label"].endswith("q8_0")),
        "deployment": served.id,
    }


def everything(home: Path) -> set[str]:
    """Everything on disk and in the lists, except the database and the trash's empty folder."""
    files = {str(path) for path in home.rglob("*") if not path.name.startswith("studio.db") and path.name != "trash"}
    listed = (
        {one.id for one in jobs(OWNER)} | {one["id"] for one in models(OWNER)} | {one.id for one in deployments(OWNER)}
    )
    return files | listed


@pytest.mark.parametrize("kind", ["run", "evaluation", "export", "model", "deployment"])
def test_each_kind_is_deleted_restored_and_freed(here, kind):
    reference = kept(here)[kind]
    before = everything(here)
    thrown = delete(OWNER, kind, reference)
    assert reference not in everything(here)
    assert [(one.id, one.kind) for one in deleted(OWNER)] == [(thrown.id, kind)]
    undo(OWNER, thrown.id)
    assert everything(here) == before
    with pytest.raises(NotFoundError):
        undo(OWNER, thrown.id)

    delete(OWNER, kind, reference)
    assert empty_trash(OWNER) == thrown.size_bytes
    assert deleted(OWNER) == [] and list((here / "trash").iterdir()) == []
    with pytest.raises(NotFoundError):
        preview_deletion(OWNER, kind, reference)


def test_a_deletion_is_previewed_with_what_goes_what_stays_and_what_breaks(here):
    things = kept(here)
    run = preview_deletion(OWNER, "run", things["run"])
    assert run.frees_bytes == 5000
    assert sorted(run.stays) == ["evaluation care-scores", "export care"]
    assert run.breaks == ()
    assert preview_deletion(OWNER, "model", things["model"]).breaks == ("to-others",)
    assert preview_deletion(OWNER, "export", things["export"]).breaks == ("to-others",)
    assert preview_deletion(OWNER, "export", things["export"]).frees_bytes == 600


def test_a_running_thing_is_not_deleted_and_the_error_says_what_to_do_first(here):
    spec = TrainSpec(name="going", output_dir=str(here / "runs" / "going"), dataset="/elsewhere")
    running = enqueue(store(), OWNER, spec, JobKind.TRAIN)
    with pytest.raises(ConflictError, match="not ended") as refused:
        delete(OWNER, "run", running.id)
    assert "Stop it first" in refused.value.remedy
    assert job(OWNER, running.id).id == running.id
    with pytest.raises(InputError, match="no export"):
        delete(OWNER, "export", running.id)


def test_what_other_jobs_use_is_not_deleted(here):
    things = kept(here)
    care = work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=10, name="care"))
    scoring = EvaluateSpec(
        name="again", output_dir=str(here / "again"), dataset=care["path"], model=job(OWNER, things["run"]).output_dir
    )
    asked = enqueue(store(), OWNER, scoring, JobKind.EVALUATE)
    claim(store(), "here", [JobKind.EVALUATE])
    for kind, reference in (("run", things["run"]), ("dataset", care["id"])):
        for act in (preview_deletion, delete, delete_for_good):
            with pytest.raises(ConflictError, match=rf"needed by again \({asked.id}\)"):
                act(OWNER, kind, reference)
    fail(store(), asked.id, 1, "It was out of luck.")
    starting = create_deployment(store(), OWNER, name="care", purpose=Purpose.SERVE, model="starter", port=0)
    with pytest.raises(ConflictError, match="still served"):
        delete(OWNER, "deployment", starting.id)
    mark_starting(store(), starting.id, this_process())
    stop_deployment(OWNER, starting.id)
    with pytest.raises(ConflictError, match="still stopping"):
        delete(OWNER, "deployment", starting.id)
    delete(OWNER, "run", things["run"])
    delete(OWNER, "dataset", care["id"])


def test_a_dataset_is_restored_only_if_its_name_is_free(here):
    def made():
        return start_preparing(OWNER, source="sample", domain="legal", num_samples=10, name="care")

    first = delete(OWNER, "dataset", work_off(made())["id"])
    asked = made()
    with pytest.raises(ConflictError, match="Another care is being made"):
        undo(OWNER, first.id)
    second = work_off(asked)
    with pytest.raises(ConflictError, match="exists again"):
        undo(OWNER, first.id)
    gone = delete(OWNER, "dataset", second["id"])
    undo(OWNER, first.id)
    with pytest.raises(ConflictError, match="exists again"):
        undo(OWNER, gone.id)
    again = delete(OWNER, "dataset", dataset(OWNER, "care")["id"])
    undo(OWNER, gone.id)
    assert dataset(OWNER, "care")["id"] == second["id"] and [one.id for one in deleted(OWNER)] == [again.id]


def test_a_version_is_not_restored_into_another_dataset(here):
    def made():
        return start_preparing(OWNER, source="sample", domain="legal", num_samples=10, name="care")

    first = work_off(made())
    second = work_off(revise(OWNER, "care", changes=[{"kind": "drop", "rows": [1]}]))
    thrown = delete(OWNER, "dataset", second["id"])
    third = work_off(revise(OWNER, "care", changes=[{"kind": "drop", "rows": [2]}]))
    undo(OWNER, thrown.id)  # a version made meanwhile is no stranger
    gone = [delete(OWNER, "dataset", one["id"]) for one in (third, second, first)]
    asked = made()
    with pytest.raises(ConflictError, match="being made"):
        undo(OWNER, gone[0].id)
    other = work_off(asked)
    with pytest.raises(ConflictError, match="exists again"):
        undo(OWNER, gone[0].id)
    delete_for_good(OWNER, "dataset", other["id"])
    for one in reversed(gone):
        undo(OWNER, one.id)
    assert [one["version"] for one in versions_of(OWNER, dataset(OWNER, "care"))] == [1, 2, 3]


def test_a_part_is_restored_only_into_its_whole_and_deleted_with_it(here):
    things = kept(here)
    part, whole = delete(OWNER, "model", things["model"]), delete(OWNER, "export", things["export"])
    with pytest.raises(ConflictError, match="deleted too"):
        undo(OWNER, part.id)
    undo(OWNER, whole.id)
    undo(OWNER, part.id)
    assert len(artifacts(OWNER, things["export"])) == 2
    delete(OWNER, "model", things["model"])
    delete_for_good(OWNER, "export", things["export"])
    assert deleted(OWNER) == [] and list((here / "trash").iterdir()) == []


def test_files_of_others_in_a_shared_folder_stay(here, tmp_path):
    for place in (tmp_path / "mine", here / "runs" / "shared"):
        path = place / "final"
        spec = TrainSpec(name="elsewhere", output_dir=str(place), dataset="/elsewhere")
        pretend(JobKind.TRAIN, spec, ArtifactKind.ADAPTER, path)
        (place / "diary.txt").write_text("mine")
        if place.is_relative_to(here):
            inside = EvaluateSpec(name="in", output_dir=str(place / "scores"), dataset="/elsewhere", model="starter")
            enqueue(store(), OWNER, inside, JobKind.EVALUATE)
        thrown = delete(OWNER, "run", jobs(OWNER, kind=JobKind.TRAIN)[0].id)
        assert not path.exists() and (place / "diary.txt").read_text() == "mine"
        undo(OWNER, thrown.id)
        assert path.exists()


def test_space_is_freed_after_a_day_and_not_before(here):
    things = kept(here)
    write_metrics_of(things["run"])
    delete(OWNER, "run", things["run"])
    sweep_trash()
    assert len(deleted(OWNER)) == 1
    with store().write() as session:
        session.connection().exec_driver_sql("UPDATE trash SET deleted_at = datetime(deleted_at, '-25 hours')")
    tidy_trash()
    assert deleted(OWNER) == []
    with store().read() as session:
        for table in ("jobs", "events", "metrics", "artifacts"):
            column = "id" if table == "jobs" else "job_id"
            counted = f"SELECT count(*) FROM {table} WHERE {column} = '{things['run']}'"
            assert session.connection().exec_driver_sql(counted).scalar() == 0


def write_metrics_of(job_id: str) -> None:
    with store().write() as session:
        session.connection().exec_driver_sql(
            f"INSERT INTO metrics (job_id, name, step, attempt, value) VALUES ('{job_id}', 'loss', 1, 1, 2.0)"
        )


def test_storage_is_reported_by_kind(here):
    things = kept(here)
    before = storage_used()
    assert (before["Runs and evaluations"], before["Exports"], before["Trash"]) == (5002, 600, 0)
    assert before["Database"] > 0
    delete(OWNER, "run", things["run"])
    after = storage_used()
    assert (after["Runs and evaluations"], after["Trash"]) == (2, 5000)
