"""Jobs as people ask for them, find them and stop them. Each function is one transaction and sees one owner's jobs.

What supervisor and child do with a job is in claims.py, leases.py and endings.py; the allowed transitions are in
transitions.py.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Select, String, case, cast, func, or_, select, tuple_
from sqlalchemy.orm import Session

from core.errors import NotFoundError, TooManyError, TransitionRefusedError
from core.specs import HoldReason, JobKind, JobState, Spec, StopRequest
from storage.actors import Actor
from storage.database import Store
from storage.job_ids import next_job_id
from storage.rows import Event, Job, from_now
from storage.transitions import log_event, move, release_held


def enqueue(store: Store, actor: Actor, spec: Spec, kind: JobKind, sweep_id: str | None = None) -> Job:
    """Add a job to the queue, maybe of a sweep. Once this returns, the job survives a crash and a power cut.

    Raises TooManyError when the queue is full, DiskFullError when the disk is.
    """
    store.require_room()
    with store.write() as session:
        _refuse_full_queue(store, session)
        job_id = next_job_id(session, kind)
        job = Job(
            id=job_id,
            owner_id=actor.owner_id,
            kind=kind,
            name=spec.name,
            state=JobState.QUEUED,
            spec=spec.model_dump(mode="json"),
            spec_version=spec.spec_version,
            max_attempts=store.settings.max_attempts,
            output_dir=spec.output_dir,
            log_path=str(store.settings.logs / f"{job_id}.log"),
            sweep_id=sweep_id,
        )
        session.add(job)
        session.flush()
        log_event(session, job, "asked for")
    return job


def refuse_full_queue(store: Store, wanted: int = 1) -> None:
    """Raise TooManyError when the queue, which all owners share, has no room for `wanted` more jobs."""
    with store.read() as session:
        _refuse_full_queue(store, session, wanted)


def _refuse_full_queue(store: Store, session: Session, wanted: int = 1) -> None:
    most = store.settings.queued_jobs_limit
    waiting = session.scalar(select(func.count()).where(Job.state == JobState.QUEUED))
    if waiting + wanted > most:
        raise TooManyError(
            f"{most} jobs are already waiting, which is the limit."
            if wanted == 1
            else f"{wanted} more jobs do not fit into the queue: {waiting} wait already, and {most} is the limit.",
            "Cancel some, wait for the next one to start, or raise TUNEWRIGHT_QUEUED_JOBS_LIMIT.",
        )


def get_job(store: Store, actor: Actor, job_id: str) -> Job:
    """The job as it is now. Raises NotFoundError."""
    with store.read() as session:
        return _job(session, actor, job_id)


def _job(session: Session, actor: Actor, job_id: str) -> Job:
    job = session.get(Job, job_id)
    if job is None or job.owner_id != actor.owner_id:
        raise NotFoundError(f"There is no job {job_id}.", "List the jobs to see their ids.")
    if job.trash_id:
        raise NotFoundError(f"{job.name} was deleted.", "Restore it under Settings while it is in the trash.")
    return job


def _jobs_of(actor: Actor, *columns: object) -> Select:
    return select(*columns).where(Job.owner_id == actor.owner_id, Job.trash_id.is_(None))


def list_jobs(
    store: Store,
    actor: Actor,
    kind: JobKind | None = None,
    state: JobState | None = None,
    limit: int = 100,
    before: str | None = None,
) -> list[Job]:
    """Up to `limit` jobs, newest first; `before` is the id of the last job on the previous page."""
    query = _jobs_of(actor, Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    if kind:
        query = query.where(Job.kind == kind)
    if state:
        query = query.where(Job.state == state)
    with store.read() as session:
        if before:
            last = _job(session, actor, before)
            query = query.where(tuple_(Job.created_at, Job.id) < (last.created_at, last.id))
        return list(session.scalars(query))


def find_job(store: Store, actor: Actor, kind: JobKind, reference: str) -> Job | None:
    """The newest job of a kind with this id, name or output folder; None without one."""
    named = or_(Job.id == reference, Job.name == reference, Job.output_dir == reference)
    query = _jobs_of(actor, Job).where(Job.kind == kind, named)
    with store.read() as session:
        return session.scalar(query.order_by(Job.created_at.desc(), Job.id.desc()).limit(1))


def judgings_of(store: Store, actor: Actor, evaluation_dir: str, state: JobState | None = None) -> list[Job]:
    """The judgings of the evaluation with this output folder, newest first."""
    judged = case((func.json_valid(Job.spec), func.json_extract(Job.spec, "$.evaluation")))
    query = _jobs_of(actor, Job).where(Job.kind == JobKind.JUDGE, judged == evaluation_dir)
    if state:
        query = query.where(Job.state == state)
    with store.read() as session:
        return list(session.scalars(query.order_by(Job.created_at.desc(), Job.id.desc())))


def standings(store: Store, actor: Actor, kind: JobKind | None = None, limit: int = 100) -> list[tuple]:
    """Id, state and hold reason of the newest jobs: a cheap way to tell whether a drawn list is still current."""
    query = _jobs_of(actor, Job.id, Job.state, Job.hold_reason)
    query = query.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    if kind:
        query = query.where(Job.kind == kind)
    with store.read() as session:
        return [tuple(row) for row in session.execute(query)]


def count_jobs(store: Store, actor: Actor) -> dict[tuple[JobKind, JobState], int]:
    """The number of jobs by kind and state; zero counts are absent."""
    return _counted(store, _jobs_of(actor, Job.kind, Job.state, func.count()))


def count_all_jobs(store: Store) -> dict[tuple[JobKind, JobState], int]:
    """The same for all owners together, for whoever monitors the studio."""
    return _counted(store, select(Job.kind, Job.state, func.count()).where(Job.trash_id.is_(None)))


def _counted(store: Store, query: Select) -> dict[tuple[JobKind, JobState], int]:
    found: Counter[tuple[JobKind, JobState]] = Counter()
    with store.read() as session:
        for kind, state, count in session.execute(query.group_by(Job.kind, Job.state)):
            found[kind, state] += count  # an unreadable state counts as the one it is shown as
    return found


def unfinished_jobs(store: Store, kinds: Iterable[JobKind]) -> list[Job]:
    """The queued and running jobs of `kinds`, whoever owns them: they share the workspace's folders and names."""
    query = select(Job).where(Job.state.in_((JobState.QUEUED, JobState.RUNNING)), Job.kind.in_(list(kinds)))
    with store.read() as session:
        return list(session.scalars(query.order_by(Job.created_at.desc(), Job.id.desc())))


def states_of_jobs_naming(store: Store, text: str) -> set[JobState]:
    """The states of all owners' jobs with `text` in their spec: an id, such as that of an upload, or a model's name."""
    named = select(Job.state).where(cast(Job.spec, String).contains(text, autoescape=True)).distinct()
    with store.read() as session:
        return set(session.scalars(named))


def output_folders(store: Store, but_of: str) -> list[str]:
    """The output folders of all owners' jobs except one, so that deleting its folder takes nobody else's with it."""
    with store.read() as session:
        return list(session.scalars(select(Job.output_dir).where(Job.id != but_of, Job.trash_id.is_(None)).distinct()))


def events_of(store: Store, actor: Actor, job_id: str, after_id: int = 0) -> list[Event]:
    """The job's events, oldest first; only those newer than the event `after_id`."""
    query = select(Event).join(Job).where(Job.owner_id == actor.owner_id, Event.job_id == job_id, Event.id > after_id)
    with store.read() as session:
        return list(session.scalars(query.order_by(Event.id)))


def request_stop(store: Store, actor: Actor, job_id: str, request: StopRequest) -> Job:
    """Pause, finish or cancel a job: a queued one at once, a running one when it next looks, or by force after a grace
    period. Deleting what a discarded job saved is left to the caller (storage/discarding.py).

    Raises TransitionRefusedError for a job that has ended, or has nothing to finish with.
    """
    with store.write() as session:
        job = _job(session, actor, job_id)
        if request == StopRequest.FINISH:
            _refuse_nothing_to_keep(job)
        if job.state == JobState.QUEUED and request.gives_up:
            return move(
                session, job.id, job.attempt, JobState.QUEUED, JobState.CANCELLED,
                "cancelled" if job.attempt else "cancelled before it started",
                values={"hold_reason": None},
            )  # fmt: skip
        if job.state == JobState.QUEUED and request == StopRequest.FINISH:  # its next attempt does
            job.stop_requested = request
            job.hold_reason = job.error_message = job.error_remedy = None
            log_event(session, job, f"{request} asked for")
        elif job.state == JobState.QUEUED:
            if job.hold_reason != HoldReason.PERSON:  # one that waits for disk space would resume unasked
                job.hold_reason = HoldReason.PERSON
                log_event(session, job, f"held before it {'resumes' if job.attempt else 'starts'}")
        elif job.state == JobState.RUNNING:
            if request.replaces(job.stop_requested):
                job.stop_requested = request
                # Publishing what was learned may take minutes: who finishes is not ended by force.
                job.stop_requested_at = None if request == StopRequest.FINISH else from_now()
                log_event(session, job, f"{request} asked for")
        else:
            raise TransitionRefusedError(f"{job_id} has {job.state} already.", "There is nothing left to stop.")
    return job


def _refuse_nothing_to_keep(job: Job) -> None:
    if job.kind != JobKind.TRAIN:
        raise TransitionRefusedError(
            f"{job.id} is not a training job: its result is complete only at the end.", "Pause or cancel it instead."
        )
    if job.state == JobState.QUEUED and not job.attempt:
        raise TransitionRefusedError(f"{job.id} has not begun: there is nothing to keep.", "Cancel it instead.")


def release(store: Store, actor: Actor, job_id: str) -> Job:
    """Put a held job back into the queue. Raises TransitionRefusedError when it is not held, DiskFullError."""
    store.require_room()
    with store.write() as session:
        return release_held(session, _job(session, actor, job_id), "released")
