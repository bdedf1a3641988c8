"""Jobs, the sweeps they belong to, and what they leave: events, metrics, artifacts."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.specs import ArtifactKind, DeathCause, HoldReason, JobKind, JobState, StopRequest
from storage.rows.columns import CanBeDeleted, Row, RunsInProcess, from_now

NEXT_TURN = text("(SELECT coalesce(max(turn), 0) + 1 FROM jobs)")
"""The end of the queue."""


class Job(RunsInProcess, CanBeDeleted, Row):
    __tablename__ = "jobs"
    __table_args__ = (
        Index("jobs_in_turn", "state", "kind", "turn"),
        Index("jobs_by_turn", "turn"),
        Index("jobs_by_age", "created_at", "id"),
        Index("jobs_by_kind", "kind", "created_at", "id"),
        Index("jobs_counted", "owner_id", "trash_id", "kind", "archived_at", "state"),
        Index("jobs_of_sweep", "sweep_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    kind: Mapped[JobKind]
    name: Mapped[str]
    state: Mapped[JobState]
    spec: Mapped[dict]
    spec_version: Mapped[int]
    attempt: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int]
    turn: Mapped[int] = mapped_column(default=NEXT_TURN)
    """Its place in the queue: the lowest goes first."""
    hold_reason: Mapped[HoldReason | None]
    stop_requested: Mapped[StopRequest | None]
    stop_requested_at: Mapped[datetime | None]
    worker_id: Mapped[str | None]
    lease_expires_at: Mapped[datetime | None]
    device: Mapped[str | None]
    """The GPU reserved for it, as in `CUDA_VISIBLE_DEVICES`; None on the CPU."""
    progress_done: Mapped[float | None]
    progress_total: Mapped[float | None]
    stage: Mapped[str] = mapped_column(default="")
    result: Mapped[dict | None]
    error_message: Mapped[str | None]
    error_remedy: Mapped[str | None]
    death_cause: Mapped[DeathCause | None]
    output_dir: Mapped[str]
    log_path: Mapped[str]
    tags: Mapped[tuple[str, ...]] = mapped_column(default=())
    notes: Mapped[str] = mapped_column(default="")
    archived_at: Mapped[datetime | None]
    """When it was put out of sight; None while it is listed."""
    sweep_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=from_now())
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Sweep(Row):
    """Several runs asked for together, with settings varied by a plan."""

    __tablename__ = "sweeps"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    name: Mapped[str]
    plan: Mapped[dict]
    created_at: Mapped[datetime] = mapped_column(default=from_now())


class Event(Row):
    __tablename__ = "events"
    __table_args__ = (Index("events_of_job", "job_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    attempt: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=from_now())
    message: Mapped[str]
    details: Mapped[dict]


class Metric(Row):
    __tablename__ = "metrics"
    __table_args__ = {"sqlite_with_rowid": False}

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    attempt: Mapped[int]
    value: Mapped[float | None]
    """None for NaN and infinity, which JSON cannot represent."""


class Artifact(CanBeDeleted, Row):
    __tablename__ = "artifacts"
    __table_args__ = (
        Index("artifacts_by_kind", "kind", "created_at"),
        Index("artifacts_of_job", "job_id", "stored_path", unique=True),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    attempt: Mapped[int]
    kind: Mapped[ArtifactKind]
    name: Mapped[str]
    stored_path: Mapped[str]
    """Relative to the workspace when inside it, so that a workspace can be moved; absolute otherwise."""
    size_bytes: Mapped[int]
    sha256: Mapped[str | None]
    """Of the file, or of the folder's manifest."""
    facts: Mapped[dict]
    created_at: Mapped[datetime] = mapped_column(default=from_now())

    path = ""
    """Absolute; not a column, filled in by storage/artifacts.py."""
