"""One sentence on a job that has not succeeded: how far it got, what its losses say, what happens next."""

import json
from pathlib import Path

import pytest

from app.jobs.status_sentence import status_sentence
from app.plumbing.studio import store
from core.specs import DeathCause, EvaluateSpec, HoldReason, JobKind, StopRequest, TrainSpec
from storage import claims, endings, jobs, leases
from storage.actors import OWNER
from storage.metrics import MetricPoint
from storage.rows import Job

FELL = [(0, 3.1), (20, 2.6), (40, 2.2)]


@pytest.fixture
def asked(here) -> Job:
    folder = here / "datasets" / "shop_dataset"
    folder.mkdir(parents=True)
    (folder / "data_report.json").write_text(json.dumps({"splits": {"train": 80, "validation": 8}}))
    spec = TrainSpec(name="shop", output_dir=str(here / "runs" / "shop"), dataset=str(folder))
    return jobs.enqueue(store(), OWNER, spec, JobKind.TRAIN)


def learning(asked: Job, losses: list = FELL, checkpoints: tuple[int, ...] = (50, 75)) -> Job:
    """The run at step 80, with these validation losses and checkpoints."""
    job = claims.claim(store(), "here", [JobKind.TRAIN])
    metrics = [MetricPoint(step, "eval_loss", loss) for step, loss in losses]
    leases.renew(store(), job.id, job.attempt, "here", leases.Report(metrics=metrics, progress=(80, 240, "Training")))
    for step in checkpoints:
        (Path(asked.output_dir) / f"checkpoint-{step}").mkdir(parents=True)
    return job


def now(job: Job) -> str:
    return status_sentence(OWNER, jobs.get_job(store(), OWNER, job.id))


def test_before_it_starts(asked):
    assert now(asked) == "Waiting for a free slot; it starts automatically."
    jobs.request_stop(store(), OWNER, asked.id, StopRequest.PAUSE)
    assert now(asked) == "Paused by you before it started: Resume puts it back in the queue."
    jobs.request_stop(store(), OWNER, asked.id, StopRequest.CANCEL)
    assert now(asked) == "Stopped by you before it started."


def test_bytes_of_a_download_are_not_called_steps(asked):
    job = claims.claim(store(), "here", [JobKind.TRAIN])
    progress = (1e9, 2e9, "Downloading acme/model: 1.00 of 2.00 GB, 9.0 MB/s")
    leases.renew(store(), job.id, job.attempt, "here", leases.Report(progress=progress))
    assert now(asked) == "Getting ready: there is nothing to show before the first steps."


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        (FELL[:1], "Training at step 80 of 240. Only an evaluation shows how good its answers are."),
        (FELL, "Training at step 80 of 240: the loss on 8 unseen examples fell from 3.1 to 2.2. "
               "Only an evaluation shows how good its answers are."),
        ([*FELL, (60, 2.6)], "fell from 3.1 to 2.2 at step 40, then rose to 2.6."),
        ([(0, 3.1), (20, 3.3), (40, 3.6)], "has not fallen below its starting value of 3.1."),
    ],
)  # fmt: skip
def test_while_it_trains(asked, losses, words):
    assert now(learning(asked, losses)).find(words) >= 0


def test_before_the_first_step(asked):
    claims.claim(store(), "here", [JobKind.TRAIN])
    assert now(asked) == "Getting ready: there is nothing to show before the first steps."


def test_a_held_or_interrupted_run_says_where_it_resumes_from(asked):
    job = learning(asked)
    endings.pause_running(store(), job.id, job.attempt, HoldReason.PERSON)
    assert now(job) == ("Paused by you at step 80 of 240: Resume continues from the checkpoint of step 75.")
    jobs.release(store(), OWNER, job.id)
    job = claims.claim(store(), "here", [JobKind.TRAIN])
    endings.interrupt(store(), job.id, job.attempt, DeathCause.OUT_OF_MEMORY, "killed by the kernel")
    assert now(job).startswith("Interrupted at step 80 of 240 (out of memory); it resumes automatically from the")


def test_a_failed_run_says_how_far_it_got_and_why(asked):
    job = learning(asked, checkpoints=())
    endings.fail(store(), job.id, job.attempt, "The loss is not a number.", "Lower the learning rate.")
    assert now(job) == "Failed at step 80 of 240: The loss is not a number."


def test_a_stopped_run_says_what_it_learned_and_what_is_kept(asked):
    job = learning(asked)
    endings.cancel_running(store(), job.id, job.attempt)
    assert now(job) == (
        "Stopped by you at step 80 of 240: the loss on 8 unseen examples fell from 3.1 to 2.2. "
        "The checkpoint of step 75 is kept."
    )


def test_an_evaluation_has_nothing_to_show_before_its_end(here):
    spec = EvaluateSpec(name="scores", output_dir=str(here / "runs/scores"), dataset="/a", model="starter")
    jobs.enqueue(store(), OWNER, spec, JobKind.EVALUATE)
    job = claims.claim(store(), "here", [JobKind.EVALUATE])
    assert "nothing to show before the last answer" in now(job)
    endings.cancel_running(store(), job.id, job.attempt)
    assert now(job) == "Stopped by you before it finished."
