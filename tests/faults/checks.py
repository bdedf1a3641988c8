"""What must hold for a training that was disturbed, once it has ended."""

from pathlib import Path

from core.manifests import verify_manifest
from core.specs import JobState
from storage import metrics
from storage.actors import OWNER
from storage.rows import Job
from tests.faults.conftest import EVAL_STEPS, TOTAL_STEPS
from tests.workers.fleet import Fleet


def checkpoint_steps(job: Job) -> list[int]:
    """The steps of the checkpoints that stand under their real names."""
    folders = Path(job.output_dir).glob("checkpoint-*")
    return sorted(int(folder.name.removeprefix("checkpoint-")) for folder in folders)


def assert_whole(crew: Fleet, job: Job, attempts: int, steps: int = TOTAL_STEPS) -> None:
    """It succeeded in so many attempts, every step stands once, what it left is whole and nothing is left over."""
    ended = crew.end_of(job)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, attempts), crew.story(job)
    series = metrics.series(crew.store, OWNER, job.id)
    assert [step for step, _ in series["loss"]] == list(range(1, steps + 1))
    assert [step for step, _ in series["eval_loss"]] == list(range(0, steps + 1, EVAL_STEPS))
    assert ended.result["steps"] == steps
    for name in ("final", f"checkpoint-{steps}"):
        verify_manifest(Path(job.output_dir) / name)
    assert not list(Path(job.output_dir).glob(".*.partial"))


def assert_resumed_from(crew: Fleet, job: Job, step: int) -> None:
    """Its last attempt went on from the checkpoint of `step` (0: from the beginning)."""
    assert crew.now(job).result["resumed_from"] == (step or None), crew.story(job)
    if step:
        assert f"Training resumes after step {step}." in crew.story(job)
