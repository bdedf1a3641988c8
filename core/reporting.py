"""The seam between the library and whoever runs it: progress, metrics, events, stop requests, and the lease.

`core` functions take a `Reporter` and call it; they know nothing of databases. A notebook passes none and gets this
silent one; a worker passes one that writes rows.
"""

from core.errors import TunewrightError
from core.specs import StopRequest


class Stopped(TunewrightError):
    """Raised by a stage that stopped because it was asked to, after leaving everything consistent."""

    def __init__(self, wish: StopRequest):
        super().__init__(f"stopped: {wish}")
        self.wish = wish


def without_figures(stage: str) -> str:
    """What runs, as `Reporter.progress` was told: the same words as long as it is the same thing that runs."""
    return stage.partition(":")[0]


class Reporter:
    """Does nothing: the reporter of a notebook. Subclasses override what they can use."""

    attempt: str = ""
    """Marks what this run of the job stages, so that two attempts never write into the same folder."""

    @property
    def job_id(self) -> str:
        """The job of this attempt, which is named `JOB.NUMBER`; empty in a notebook."""
        return self.attempt.rpartition(".")[0]

    def is_same_job(self, attempt: str) -> bool:
        """Whether `attempt` is one of this job's. False in a notebook, where attempts have no name."""
        return bool(self.job_id) and attempt.rpartition(".")[0] == self.job_id

    def metric(self, step: int, **values: float) -> None:
        """Record the metrics `values` at optimizer step `step` (a step is reported once)."""

    def progress(self, done: float, total: float, stage: str = "") -> None:
        """`done` of `total` units are finished; `stage` names what runs now, in words for the person.

        Behind a colon may stand figures that change while it runs: "writing: 12 accepted".
        """

    def event(self, message: str, **details: object) -> None:
        """Something worth telling happened (a checkpoint published, a fallback taken)."""

    def flush(self) -> None:
        """Make everything reported so far durable (called before a checkpoint of that step is published)."""

    def rewind(self, step: int) -> None:
        """Training resumes after `step`: forget every metric beyond it, in one transaction."""

    def stop_requested(self) -> StopRequest | None:
        """The person's wish to stop, if any; polled between steps."""
        return None

    def confirm(self) -> None:
        """Return only while the job is still this attempt's; called right before something is renamed into place.

        Raises LeaseLostError when another attempt has taken the job over.
        """
