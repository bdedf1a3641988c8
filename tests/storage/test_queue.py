"""The queue as a person orders it, and who goes behind whom by itself."""

from pathlib import Path

import pytest

from core.errors import NotFoundError, TransitionRefusedError
from core.specs import DeathCause, EvaluateSpec, HoldReason, JobKind, JobState, StopRequest, TrainSpec
from storage import claims, endings, jobs, leases
from storage.actors import OWNER, Actor
from storage.discarding import discard_output
from storage.queue import Place, move_in_queue, waiting_jobs

KINDS = [JobKind.PREPARE, JobKind.TRAIN]


@pytest.fixture
def train(store):
    """`train()` asks for a training whose folder is in the workspace."""

    def ask(name="a run"):
        folder = store.settings.home / "runs" / name
        return jobs.enqueue(store, OWNER, TrainSpec(name=name, output_dir=str(folder), dataset="/d"), JobKind.TRAIN)

    return ask


def order(store) -> list[str]:
    return [job.name for job in waiting_jobs(store, OWNER)]


def test_a_waiting_job_is_moved_and_claimed_at_its_new_place(store, enqueue):
    ids = {name: enqueue(name).id for name in "abcd"}
    for place, then in (
        (Place.UP, "abdc"), (Place.UP, "adbc"), (Place.FIRST, "dabc"), (Place.UP, "dabc"), (Place.DOWN, "adbc"),
        (Place.LAST, "abcd"), (Place.DOWN, "abcd"), (Place.FIRST, "dabc"),
    ):  # fmt: skip
        assert "".join(job.name for job in move_in_queue(store, OWNER, ids["d"], place)) == then
        assert "".join(order(store)) == then
    assert [claims.claim(store, "w", KINDS).name for _ in range(4)] == list("dabc")
    with pytest.raises(TransitionRefusedError, match="running"):
        move_in_queue(store, OWNER, ids["d"], Place.FIRST)
    with pytest.raises(NotFoundError):
        move_in_queue(store, Actor("somebody"), ids["a"], Place.FIRST)


def test_whoever_crashes_holds_up_nobody(store, enqueue):
    first, second = enqueue("first"), enqueue("second")
    claims.claim(store, "w", KINDS)
    endings.interrupt(store, first.id, 1, DeathCause.KILLED, "killed")
    assert order(store) == ["first", "second"], "a killed job goes on where it was"
    claims.claim(store, "w", KINDS)
    endings.interrupt(store, first.id, 2, DeathCause.OUT_OF_MEMORY, "no memory left")
    assert order(store) == ["second", "first"]
    assert claims.claim(store, "w", KINDS).id == second.id


def test_a_run_that_is_to_finish_is_not_forced_and_remembers_it_after_a_kill(store, train):
    run = train()
    with pytest.raises(TransitionRefusedError, match="not begun"):
        jobs.request_stop(store, OWNER, run.id, StopRequest.FINISH)
    claims.claim(store, "w", KINDS)
    asked = jobs.request_stop(store, OWNER, run.id, StopRequest.FINISH)
    assert asked.stop_requested == StopRequest.FINISH and not leases.overdue(store, -1)
    assert jobs.request_stop(store, OWNER, run.id, StopRequest.PAUSE).stop_requested == StopRequest.FINISH
    endings.interrupt(store, run.id, 1, DeathCause.KILLED, "killed")
    again = claims.claim(store, "w", KINDS)
    assert (again.attempt, again.stop_requested) == (2, StopRequest.FINISH)
    jobs.request_stop(store, OWNER, run.id, StopRequest.DISCARD)
    assert [job.id for job in leases.overdue(store, -1)] == [run.id]
    ended = endings.interrupt(store, run.id, 2, DeathCause.KILLED, "killed")
    assert (ended.state, ended.stop_requested) == (JobState.CANCELLED, None)


def test_a_paused_run_can_be_finished(store, train):
    run = train()
    claims.claim(store, "w", KINDS)
    endings.pause_running(store, run.id, 1, HoldReason.PERSON)
    jobs.request_stop(store, OWNER, run.id, StopRequest.FINISH)
    assert claims.claim(store, "w", KINDS).stop_requested == StopRequest.FINISH


def test_only_a_training_can_be_finished(store, claim):
    with pytest.raises(TransitionRefusedError, match="is not a training job"):
        jobs.request_stop(store, OWNER, claim().id, StopRequest.FINISH)


def test_what_a_discarded_run_saved_is_removed_and_nothing_else(store, train, tmp_path):
    run, elsewhere = train(), jobs.enqueue(
        store, OWNER, TrainSpec(name="b", output_dir=str(tmp_path / "mine"), dataset="/d"), JobKind.TRAIN
    )  # fmt: skip
    for job in (run, elsewhere):
        folder = Path(job.output_dir)
        (folder / "checkpoint-5").mkdir(parents=True)
        (folder / "checkpoint-5" / "weights").write_bytes(b"12345")
        (folder / "notes.txt").write_text("mine")
        assert discard_output(store, job) >= 5
    assert not store.settings.home.joinpath("runs", "a run").exists()
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_what_a_discarded_evaluation_answered_is_removed_from_a_folder_of_a_person(store, tmp_path):
    mine = tmp_path / "mine"
    spec = EvaluateSpec(name="scores", output_dir=str(mine), model="starter", dataset="/d")
    (mine / ".answers").mkdir(parents=True)
    (mine / ".answers" / "some.jsonl").write_text("[]\n")
    (mine / "notes.txt").write_text("mine")
    assert discard_output(store, jobs.enqueue(store, OWNER, spec, JobKind.EVALUATE)) == 3
    assert [path.name for path in mine.iterdir()] == ["notes.txt"]
