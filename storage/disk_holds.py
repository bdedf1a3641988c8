"""Jobs held because a disk was full: how many bytes each needs, and where, so that it can resume by itself."""

from sqlalchemy import func, select

from core.errors import DiskFullError
from core.specs import HoldReason, JobState
from storage.database import Store
from storage.endings import pause_running
from storage.rows import Event, Job
from storage.transitions import job_by_id, release_held


def hold_for_disk(store: Store, job_id: str, attempt: int, error: DiskFullError) -> Job:
    """running → queued, held until the bytes that `error` asks for are free."""
    return pause_running(
        store, job_id, attempt, HoldReason.DISK_FULL, error.message, error.remedy,
        needed_bytes=error.needed_bytes, place=error.place,
    )  # fmt: skip


def held_for_disk(store: Store) -> list[tuple[Job, int, str]]:
    """The jobs that wait for disk space, each with the free bytes it needs and the folder it needs them in."""
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


def release_for_disk(store: Store, job_id: str) -> Job:
    """There is space again: back into the queue. Raises TransitionRefusedError when it is not held."""
    store.require_room()
    with store.write() as session:
        return release_held(session, job_by_id(session, job_id), "the disk has room again")
