"""The jobs: asked for, claimed, stopped, ended once. Every function is one transaction; the table of what is possible
stands in storage/transitions.py, the lease of who runs a job in storage/leases.py.
"""

import string
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Select, String, cast, func, select, tuple_
from sqlalchemy.orm import Session

from core.errors import NotFoundError, TooManyError, TransitionRefusedError
from core.specs import DeathCause, HoldReason, JobKind, JobState, Spec, StopRequest
from storage.artifacts import NewArtifact, add_artifact
from storage.database import Store
from storage.rows import OWNER, Event, Job, from_now
from storage.transitions import log_event, move

_ID_DIGITS = (string.digits + string.ascii_lowercase).translate(str.maketrans("", "", "ilou"))
"""32 digits in the order of their characters, without those that are misread."""


def enqueue(store: Store, spec: Spec, kind: JobKind, owner_id: str = OWNER) -> Job:
    """Write down what was asked for. Once this returns, the job survives a crash and a power cut.

    Raises TooManyError where as many wait as may, DiskFullError where there is no room for it.
    """
    store.require_room()
    with store.write() as session:
        _refuse_full_queue(store, session)
        job_id = _next_id(session, kind)
        job = Job(
            id=job_id,
            owner_id=owner_id,
            kind=kind,
            name=spec.name,
            state=JobState.QUEUED,
            spec=spec.model_dump(mode="json"),
            spec_version=spec.spec_version,
            max_attempts=store.settings.max_attempts,
            output_dir=spec.output_dir,
            log_path=str(store.settings.logs / f"{job_id}.log"),
        )
        session.add(job)
        session.flush()
        log_event(session, job, "asked for")
    return job


def refuse_full_queue(store: Store) -> None:
    """Raises TooManyError where as many jobs wait as may."""
    with store.read() as session:
        _refuse_full_queue(store, session)


def _refuse_full_queue(store: Store, session: Session) -> None:
    most = store.settings.queued_jobs_limit
    if session.scalar(select(func.count()).where(Job.state == JobState.QUEUED)) >= most:
        raise TooManyError(
            f"{most} jobs are waiting already, as many as may.",
            "Cancel some, wait until the next has begun, or raise TUNEWRIGHT_QUEUED_JOBS_LIMIT.",
        )


def _next_id(session: Session, kind: JobKind) -> str:
    """Like `train-20261122-7f3k2m`: the day, and the time of day in six digits, moved on while it is taken."""
    now = datetime.now(UTC)
    seconds = now.hour * 3600 + now.minute * 60 + now.second + now.microsecond / 1e6
    tick = int(seconds / 86400 * 32**6)
    while session.get(Job, job_id := f"{kind}-{now:%Y%m%d}-{_six_digits(tick)}") is not None:
        tick += 1
    return job_id


def _six_digits(number: int) -> str:
    return "".join(_ID_DIGITS[number >> shift & 31] for shift in range(25, -1, -5))


def get_job(store: Store, job_id: str) -> Job:
    """The job as it is now. Raises NotFoundError."""
    with store.read() as session:
        return _job(session, job_id)


def _job(session: Session, job_id: str) -> Job:
    job = session.get(Job, job_id)
    if job is None:
        raise NotFoundError(f"There is no job {job_id}.", "List the jobs to see their ids.")
    if job.trash_id:
        raise NotFoundError(f"{job.name} was deleted.", "Bring it back under Settings, while it is in the trash.")
    return job


def list_jobs(
    store: Store,
    kind: JobKind | None = None,
    state: JobState | None = None,
    limit: int = 100,
    before: str | None = None,
) -> list[Job]:
    """The newest jobs first, at most `limit`; `before` is the id of the last job of the page already seen."""
    query = select(Job).where(Job.trash_id.is_(None)).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    if kind:
        query = query.where(Job.kind == kind)
    if state:
        query = query.where(Job.state == state)
    with store.read() as session:
        if before:
            last = _job(session, before)
            query = query.where(tuple_(Job.created_at, Job.id) < (last.created_at, last.id))
        return list(session.scalars(query))


def standings(store: Store, kind: JobKind | None = None, limit: int = 100) -> list[tuple]:
    """Id, state and hold of the newest jobs first: whether a list of them is still true, for little."""
    query = (
        select(Job.id, Job.state, Job.hold_reason)
        .where(Job.trash_id.is_(None))
        .order_by(Job.created_at.desc(), Job.id.desc())
        .limit(limit)
    )
    if kind:
        query = query.where(Job.kind == kind)
    with store.read() as session:
        return [tuple(row) for row in session.execute(query)]


def running_jobs(store: Store) -> list[Job]:
    """Every job that runs, however many there are."""
    with store.read() as session:
        return list(session.scalars(select(Job).where(Job.state == JobState.RUNNING).order_by(Job.created_at, Job.id)))


def count_jobs(store: Store) -> dict[tuple[JobKind, JobState], int]:
    """How many jobs there are of each kind in each state; what there is none of is left out."""
    counted = select(Job.kind, Job.state, func.count()).where(Job.trash_id.is_(None)).group_by(Job.kind, Job.state)
    found: Counter[tuple[JobKind, JobState]] = Counter()
    with store.read() as session:
        for kind, state, count in session.execute(counted):
            found[kind, state] += count  # an unreadable state counts as the one it is shown as
    return found


def states_of_jobs_naming(store: Store, text: str) -> set[JobState]:
    """The states of the jobs whose spec has `text` in it: an id of letters and digits, such as that of an upload."""
    named = select(Job.state).where(cast(Job.spec, String).contains(text, autoescape=True)).distinct()
    with store.read() as session:
        return set(session.scalars(named))


def events_of(store: Store, job_id: str, after_id: int = 0) -> list[Event]:
    """What happened to the job, oldest first; only what is newer than the event `after_id`."""
    query = select(Event).where(Event.job_id == job_id, Event.id > after_id).order_by(Event.id)
    with store.read() as session:
        return list(session.scalars(query))


def is_waiting(store: Store, kinds: Iterable[JobKind]) -> bool:
    """Whether a job of `kinds` could be claimed; asked without a lock."""
    with store.read() as session:
        return session.scalar(_next_in_turn(kinds)) is not None


def _next_in_turn(kinds: Iterable[JobKind]) -> Select[tuple[Job]]:
    return (
        select(Job)
        .where(Job.state == JobState.QUEUED, Job.kind.in_(list(kinds)), Job.hold_reason.is_(None))
        .order_by(Job.created_at, Job.id)
        .limit(1)
    )


def _has_device(device: str) -> Select[tuple[str]]:
    return select(Job.id).where(Job.state == JobState.RUNNING, Job.device == device).limit(1)


def claim(
    store: Store,
    worker_id: str,
    kinds: Iterable[JobKind],
    lease_seconds: float | None = None,
    device: str | None = None,
) -> Job | None:
    """Take the oldest queued job of `kinds` that is not held, as a new attempt of `worker_id`; None when none waits.

    `device` is the GPU that the job gets to itself, if any; None is returned too when another job has it by now.
    """
    with store.write() as session:
        job = session.scalar(_next_in_turn(kinds))
        if job is None or (device and session.scalar(_has_device(device))):
            return None
        return move(
            session, job.id, job.attempt, JobState.QUEUED, JobState.RUNNING,
            f"attempt {job.attempt + 1} begins",
            values={
                "attempt": job.attempt + 1,
                "worker_id": worker_id,
                "device": device,
                "lease_expires_at": from_now(lease_seconds or store.settings.lease_seconds),
                "started_at": job.started_at or from_now(),
                "error_message": None, "error_remedy": None, "death_cause": None,
            },
            details={"worker": worker_id, "device": device},
            only_if=(Job.hold_reason.is_(None),),
        )  # fmt: skip


def request_stop(store: Store, job_id: str, wish: StopRequest) -> Job:
    """The person wishes the job to stop. A queued one does at once; a running one is asked, and made to after a grace.

    A cancel replaces a pause, never the other way. Raises TransitionRefusedError for a job that has ended.
    """
    with store.write() as session:
        job = _job(session, job_id)
        if job.state == JobState.QUEUED and wish == StopRequest.CANCEL:
            return _cancel_queued(session, job)
        if job.state == JobState.QUEUED:
            if job.hold_reason != HoldReason.PERSON:  # one that waits for room would go on by itself
                job.hold_reason = HoldReason.PERSON
                log_event(session, job, f"held before it {'goes on' if job.attempt else 'began'}")
        elif job.state == JobState.RUNNING:
            if job.stop_requested in (None, StopRequest.PAUSE) and job.stop_requested != wish:
                job.stop_requested = wish
                job.stop_requested_at = from_now()
                log_event(session, job, f"{wish} asked for")
        else:
            raise TransitionRefusedError(f"{job_id} has {job.state} already.", "There is nothing left to stop.")
    return job


def cancel_queued(store: Store, job_id: str) -> Job:
    """queued → cancelled, held or not."""
    with store.write() as session:
        return _cancel_queued(session, _job(session, job_id))


def _cancel_queued(session: Session, job: Job) -> Job:
    return move(
        session, job.id, job.attempt, JobState.QUEUED, JobState.CANCELLED,
        "cancelled" if job.attempt else "cancelled before it began",
        values={"hold_reason": None},
    )  # fmt: skip


def release(store: Store, job_id: str, message: str = "released") -> Job:
    """Let a held job be claimed again. Raises TransitionRefusedError when it is not held, DiskFullError."""
    store.require_room()
    with store.write() as session:
        job = _job(session, job_id)
        if job.state != JobState.QUEUED or job.hold_reason is None:
            raise TransitionRefusedError(f"{job_id} is {job.state} and not paused.", "Only a paused job can go on.")
        job.hold_reason = job.error_message = job.error_remedy = None
        log_event(session, job, message)
    return job


def succeed(store: Store, job_id: str, attempt: int, result: dict, artifacts: Iterable[NewArtifact] = ()) -> Job:
    """running → succeeded, with what it made, in one transaction."""
    with store.write() as session:
        job = move(
            session, job_id, attempt, JobState.RUNNING, JobState.SUCCEEDED, "succeeded", values={"result": result}
        )
        for artifact in artifacts:
            add_artifact(session, store.settings.home, job, artifact)
    return job


def fail(
    store: Store,
    job_id: str,
    attempt: int,
    message: str,
    remedy: str = "",
    cause: DeathCause = DeathCause.ERROR,
) -> Job:
    """running → failed, with what happened and what to do about it."""
    with store.write() as session:
        return move(
            session, job_id, attempt, JobState.RUNNING, JobState.FAILED, f"failed: {message}",
            values={"error_message": message, "error_remedy": remedy, "death_cause": cause},
            details={"cause": cause},
        )  # fmt: skip


def cancel_running(store: Store, job_id: str, attempt: int, message: str = "cancelled") -> Job:
    """running → cancelled."""
    with store.write() as session:
        return move(session, job_id, attempt, JobState.RUNNING, JobState.CANCELLED, message)


def pause_running(
    store: Store,
    job_id: str,
    attempt: int,
    reason: HoldReason,
    message: str | None = None,
    remedy: str | None = None,
    **details: object,
) -> Job:
    """running → queued and held for `reason`, until released. A pause uses up none of the attempts.

    `message` and `remedy` are the row's error while it is held; `details` go into the event.
    """
    with store.write() as session:
        return move(
            session, job_id, attempt, JobState.RUNNING, JobState.QUEUED, message or str(reason),
            values={
                "hold_reason": reason, "error_message": message, "error_remedy": remedy,
                "max_attempts": Job.max_attempts + 1,
            },
            details=details,
        )  # fmt: skip


def interrupt(
    store: Store,
    job_id: str,
    attempt: int,
    cause: DeathCause,
    message: str,
    remedy: str = "Look at the log.",
    only_if_expired: bool = False,
) -> Job:
    """The child died of `cause`, `message` says how: running → queued while attempts are left, else running → failed.

    A wish to stop outlives the child: running → cancelled, or → queued and held. With `only_if_expired` the lease must
    have passed by the database's clock, in the same transaction.
    """
    with store.write() as session:
        job = _job(session, job_id)
        target, values, words = JobState.QUEUED, {"death_cause": cause}, f"interrupted: {message}"
        if job.stop_requested == StopRequest.CANCEL:
            target, words = JobState.CANCELLED, f"cancelled; {message}"
        elif job.stop_requested == StopRequest.PAUSE:
            values |= {"hold_reason": HoldReason.PERSON, "max_attempts": Job.max_attempts + 1}
            words = f"{HoldReason.PERSON}; {message}"
        elif attempt >= job.max_attempts:
            target, words = JobState.FAILED, f"failed: {message}, in the last of {attempt} attempts"
            values |= {"error_message": message, "error_remedy": remedy}
        expired = (Job.lease_expires_at < from_now(),) if only_if_expired else ()
        return move(
            session, job_id, attempt, JobState.RUNNING, target, words,
            values=values, details={"cause": cause}, only_if=expired,
        )  # fmt: skip


def note(store: Store, job_id: str, message: str, **details: object) -> None:
    """Add a line to the job's event log."""
    with store.write() as session:
        log_event(session, _job(session, job_id), message, **details)
