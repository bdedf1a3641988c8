"""The tables: one class each. Timestamps are UTC, by the database's clock where a lease depends on them.

What a column holds that it should not (a state that a newer version knows, a date that is none) is read as a stand-in:
one bad row must break neither its list nor the queue.
"""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import JSON, DateTime, Double, ForeignKey, Index, Integer, String, TypeDecorator, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.functions import Function

from core.specs import ArtifactKind, DeathCause, HoldReason, JobKind, JobState, StopRequest
from core.specs.chats import AnswerState
from core.specs.deployments import DeploymentState, DesiredState, Purpose, RestartPolicy
from core.specs.keeping import ThingKind, TrashState
from core.values import mended

OWNER = "owner"
"""The one built-in owner, until people can sign in."""


class UtcDateTime(TypeDecorator):
    """Aware datetimes in UTC, whatever the database keeps; the beginning of 1970 for what is no date."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def result_processor(self, dialect, coltype):
        read = self.impl_instance.result_processor(dialect, coltype)

        def process(value: str | None) -> datetime | None:
            try:
                moment = read(value)
            except (TypeError, ValueError):
                return datetime.fromtimestamp(0, UTC)
            return moment.replace(tzinfo=UTC) if moment else None

        return process


class Text(TypeDecorator):
    """Text; U+FFFD in the place of half a character, which the database could not hold."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect) -> str | None:
        return None if value is None else mended(value)


class Named(TypeDecorator):
    """An enum's value as plain text, so that a new member needs no migration; the stand-in for a value it has not."""

    impl = String
    cache_ok = True

    def __init__(self, kinds: type[StrEnum], stand_in: StrEnum | None):
        super().__init__(32)
        self.kinds, self.stand_in = kinds, stand_in

    def process_bind_param(self, value: str | None, dialect) -> str | None:
        return None if value is None else self.kinds(value).value

    def process_result_value(self, value: str | None, dialect) -> StrEnum | None:
        try:
            return None if value is None else self.kinds(value)
        except ValueError:
            return self.stand_in


class Whole(TypeDecorator):
    """A whole number; 0 for what is none."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: object, dialect) -> int | None:
        return value if value is None or isinstance(value, int) else 0


class Fraction(TypeDecorator):
    """A number; 0 for what is none."""

    impl = Double
    cache_ok = True

    def process_result_value(self, value: object, dialect) -> float | None:
        return value if value is None or isinstance(value, float) else 0.0


def from_now(seconds: float = 0.0) -> Function:
    """`seconds` after this moment by the database's own clock, as SQL (SQLite keeps dates as text of this form)."""
    return func.strftime("%Y-%m-%d %H:%M:%f000", "now", f"{seconds:+.3f} seconds", type_=UtcDateTime())


_STAND_INS: dict[type[StrEnum], StrEnum | None] = {
    AnswerState: AnswerState.BROKEN_OFF,
    ArtifactKind: ArtifactKind.CHECKPOINT,
    DeathCause: DeathCause.ERROR,
    DeploymentState: DeploymentState.FAILED,
    DesiredState: DesiredState.STOPPED,
    HoldReason: HoldReason.PERSON,
    JobKind: JobKind.PREPARE,
    JobState: JobState.FAILED,
    Purpose: Purpose.SERVE,
    RestartPolicy: RestartPolicy.NEVER,
    StopRequest: None,
    ThingKind: ThingKind.RUN,
    TrashState: TrashState.KEPT,
}
"""What an unknown value of an enum is taken for: what nobody acts on."""


class Row(DeclarativeBase):
    type_annotation_map = {
        datetime: UtcDateTime(),
        dict: JSON(none_as_null=True),
        int: Whole(),
        float: Fraction(),
        str: Text(),
        **{kinds: Named(kinds, stand_in) for kinds, stand_in in _STAND_INS.items()},
    }


class RunsInProcess:
    """Which process stands behind a row; see storage/processes.py."""

    process_id: Mapped[int | None]
    process_started: Mapped[int | None]
    boot_id: Mapped[str | None]


class CanBeDeleted:
    """A row that may have been thrown away; then it is in no list until it is brought back."""

    trash_id: Mapped[str | None]


class Owner(Row):
    __tablename__ = "owners"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=from_now())


class Job(RunsInProcess, CanBeDeleted, Row):
    __tablename__ = "jobs"
    __table_args__ = (Index("jobs_in_turn", "state", "kind", "created_at"), Index("jobs_by_age", "created_at", "id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    kind: Mapped[JobKind]
    name: Mapped[str]
    state: Mapped[JobState]
    spec: Mapped[dict]
    spec_version: Mapped[int]
    attempt: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int]
    hold_reason: Mapped[HoldReason | None]
    stop_requested: Mapped[StopRequest | None]
    stop_requested_at: Mapped[datetime | None]
    worker_id: Mapped[str | None]
    lease_expires_at: Mapped[datetime | None]
    device: Mapped[str | None]
    """The GPU it has to itself, as `CUDA_VISIBLE_DEVICES` names it; None on the CPU."""
    progress_done: Mapped[float | None]
    progress_total: Mapped[float | None]
    stage: Mapped[str] = mapped_column(default="")
    result: Mapped[dict | None]
    error_message: Mapped[str | None]
    error_remedy: Mapped[str | None]
    death_cause: Mapped[DeathCause | None]
    output_dir: Mapped[str]
    log_path: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=from_now())
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


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
    """None where the value was no number that JSON knows (NaN, infinity)."""


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
    """Absolute; filled in by storage/artifacts.py, no column."""


class Worker(RunsInProcess, Row):
    """Who holds a role that only one process may have at a time, such as supervising this workspace."""

    __tablename__ = "workers"

    role: Mapped[str] = mapped_column(primary_key=True)
    worker_id: Mapped[str]
    lease_expires_at: Mapped[datetime]
    started_at: Mapped[datetime] = mapped_column(default=from_now())
    facts: Mapped[dict]
    """What it offers: slots, GPUs."""


class Draft(Row):
    """What a browser's person has typed into a page's form and not asked for yet."""

    __tablename__ = "drafts"

    browser: Mapped[str] = mapped_column(primary_key=True)
    """The hash of the browser's cookie; empty for one without."""
    page: Mapped[str] = mapped_column(primary_key=True)
    values: Mapped[dict]
    updated_at: Mapped[datetime] = mapped_column(default=from_now())


class Visit(Row):
    """When a browser was here."""

    __tablename__ = "visits"

    browser: Mapped[str] = mapped_column(primary_key=True)
    """As in drafts."""
    seen_at: Mapped[datetime] = mapped_column(default=from_now())
    before_at: Mapped[datetime | None]
    """When it was seen last before this visit."""


class Deployment(RunsInProcess, CanBeDeleted, Row):
    """A model being served: what is wanted, and what is."""

    __tablename__ = "deployments"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    name: Mapped[str]
    purpose: Mapped[Purpose]
    model: Mapped[str]
    base_model: Mapped[str | None]
    reranker: Mapped[str | None]
    host: Mapped[str]
    port: Mapped[int]
    """0: any free one."""
    settings: Mapped[dict]
    """What the model server takes besides: threads, context length, idle seconds."""
    desired_state: Mapped[DesiredState]
    state: Mapped[DeploymentState]
    restart_policy: Mapped[RestartPolicy]
    restarts: Mapped[int] = mapped_column(default=0)
    start_after: Mapped[datetime | None]
    """Not started again before this moment: the back-off after a death."""
    address: Mapped[str | None]
    secret_path: Mapped[str]
    """The file, readable by its owner only, with the secret that the studio shows to this server."""
    key_hash: Mapped[str | None]
    """SHA-256 of the key that clients beyond this machine must show."""
    error_message: Mapped[str | None]
    error_remedy: Mapped[str | None]
    log_path: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=from_now())
    ready_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class Conversation(Row):
    """A chat with one model, or with two that are asked the same."""

    __tablename__ = "conversations"
    __table_args__ = (Index("conversations_by_change", "changed_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    title: Mapped[str]
    models: Mapped[dict]
    """Reference → label of those asked last, in order."""
    settings: Mapped[dict]
    """The fields of SamplingSettings that were asked with last, the system prompt among them."""
    draft: Mapped[str] = mapped_column(default="")
    """A question that the model could not take: it goes back into the box."""
    refusal: Mapped[str] = mapped_column(default="")
    """Why it could not, for the person."""
    created_at: Mapped[datetime] = mapped_column(default=from_now())
    changed_at: Mapped[datetime] = mapped_column(default=from_now())
    deleted_at: Mapped[datetime | None]


class Message(RunsInProcess, Row):
    """A question, or an answer to one. What runs in a process is the writing of an answer."""

    __tablename__ = "messages"
    __table_args__ = (Index("messages_of_conversation", "conversation_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    place: Mapped[int]
    """In its conversation: even for a question, the next odd one for its answers. What replaces it has the same."""
    question_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    """The question that it answers; None for a question."""
    text: Mapped[str] = mapped_column(default="")
    model: Mapped[str | None]
    label: Mapped[str | None]
    state: Mapped[AnswerState | None]
    settings: Mapped[dict] = mapped_column(default=dict)
    facts: Mapped[dict] = mapped_column(default=dict)
    """What is known of an answer: tokens, seconds, why it ended."""
    error_message: Mapped[str | None]
    error_remedy: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=from_now())
    written_at: Mapped[datetime] = mapped_column(default=from_now())
    set_aside_at: Mapped[datetime | None]
    """When another question or answer took its place; it can be brought back."""


class Preference(Row):
    """What a person has chosen for all that comes."""

    __tablename__ = "preferences"
    __table_args__ = {"sqlite_with_rowid": False}

    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Trash(Row):
    """Something thrown away, until it is brought back or its space is freed. Its rows bear its id."""

    __tablename__ = "trash"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    kind: Mapped[ThingKind]
    name: Mapped[str]
    state: Mapped[TrashState]
    places: Mapped[dict]
    """Where each file or folder stood, and where it lies meanwhile; relative to the workspace when inside it."""
    size_bytes: Mapped[int]
    deleted_at: Mapped[datetime] = mapped_column(default=from_now())
