"""The interface between the library and its caller: progress, metrics, events, stop requests, and the lease.

`core` functions call a `Reporter` and know nothing about databases. In a notebook it is this silent one; a worker
passes one that writes rows.
"""

from collections.abc import Iterable

from core.errors import TunewrightError
from core.specs import StopRequest

DOWNLOADING = "Downloading"
"""How a stage begins that counts bytes."""


class Stopped(TunewrightError):
    """Raised by a stage that was asked to stop, after it has left everything consistent."""

    def __init__(self, request: StopRequest):
        super().__init__(f"stopped: {request}")
        self.request = request


def without_figures(stage: str) -> str:
    """The name of a stage without its changing figures, so that it stays the same while the stage runs."""
    return stage.partition(":")[0]


class Reporter:
    """Does nothing, for notebooks. Subclasses override what they need."""

    attempt: str = ""
    """Names the staging folders of this attempt, so two attempts never write into the same folder."""

    memory_deaths: int = 0
    """How many earlier attempts of the job died because memory ran out."""

    @property
    def job_id(self) -> str:
        """The job of this attempt, which is named `JOB.NUMBER`; empty in a notebook."""
        return self.attempt.rpartition(".")[0]

    def is_same_job(self, attempt: str) -> bool:
        """Whether `attempt` is one of this job's. False in a notebook, where attempts have no name."""
        return bool(self.job_id) and attempt.rpartition(".")[0] == self.job_id

    def metric(self, step: int, **values: float) -> None:
        """Record the metrics `values` of optimizer step `step`; each step is reported once."""

    def progress(self, done: float, total: float, stage: str = "") -> None:
        """`done` of `total` units are finished. `stage` says in words what runs now.

        Figures that change while it runs go after a colon: "writing: 12 accepted".
        """

    def event(self, message: str, **details: object) -> None:
        """Record a noteworthy event (a checkpoint published, a fallback taken)."""

    def flush(self) -> None:
        """Make everything reported so far durable; called before the checkpoint of a step is published."""

    def rewind(self, step: int) -> None:
        """Training resumes after `step`: delete every metric beyond it, in one transaction."""

    def reported(self, names: Iterable[str]) -> dict[str, list[tuple[int, float]]]:
        """What was reported before this attempt of the metrics `names`: their (step, value) pairs, in order.

        A notebook remembers nothing.
        """
        return {}

    def stop_requested(self) -> StopRequest | None:
        """The user's request to stop, if any; polled between steps. Never `finish`."""
        return None

    def finish_requested(self) -> bool:
        """Whether a training should end with what it has learned so far, as if this were its last step.

        Apart from `stop_requested`, since everything else is to go on: the kept step is still to be published.
        """
        return False

    def confirm(self) -> None:
        """Return only if the job still belongs to this attempt; called right before something is renamed into place.

        Raises LeaseLostError if another attempt has taken over the job.
        """
