"""Jobs that met a full disk: held with the bytes they need, found again when there may be room."""

from sqlalchemy import func, select

from core.errors import DiskFullError
from core.specs import HoldReason, JobState
from storage.database import Store
from storage.jobs import pause_running
from storage.rows import Event, Job


def hold_for_disk(store: Store, job_id: str, attempt: int, error: DiskFullError) -> Job:
    """running → queued and held until as many bytes are free as `error` says, where it says."""
    return pause_running(
        store, job_id, attempt, HoldReason.DISK_FULL, error.message, error.remedy,
        needed_bytes=error.needed_bytes, place=error.place,
    )  # fmt: skip


def held_for_disk(store: Store) -> list[tuple[Job, int, str]]:
    """The jobs that wait for room, each with the bytes that must be free, and the folder."""
    needed = Event.details["needed_bytes"].as_integer()
    newest = (
        select(func.max(Event.id)).where(Event.job_id == Job.id, needed.is_not(None)).correlate(Job).scalar_subquery()
    )
    query = (
        select(Job, needed, Event.details["place"].as_string())
        .join(Event, Event.id == newest)
        .where(Job.state == JobState.QUEUED, Job.hold_reason == HoldReason.DISK_FULL)
    )
    with store.read() as session:
        return [tuple(found) for found in session.execute(query)]
