"""Column types, and what rows have in common.

A value that a column should not hold (a state only a newer version knows, an invalid date) reads as a stand-in: one bad
row must not break its list or the queue.
"""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import JSON, DateTime, Double, Integer, String, TypeDecorator, func
from sqlalchemy.orm import DeclarativeBase, Mapped
from sqlalchemy.sql.functions import Function

from core.specs import ArtifactKind, DeathCause, HoldReason, JobKind, JobState, StopRequest
from core.specs.chats import AnswerState
from core.specs.deployments import DeploymentState, DesiredState, Purpose, RestartPolicy
from core.specs.keeping import ThingKind, TrashState
from core.specs.kinds import Preferred
from core.values import mended


class UtcDateTime(TypeDecorator):
    """Aware datetimes in UTC, stored without a zone; an invalid date reads as the start of 1970."""

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
    """Text; lone surrogates, which the database cannot store, become U+FFFD."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect) -> str | None:
        return None if value is None else mended(value)


class Named(TypeDecorator):
    """An enum's value as plain text: a new member needs no migration, and an unknown value reads as `stand_in`."""

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


class Words(TypeDecorator):
    """Words without commas, in order, as one text that begins and ends with a comma: `,a,b,` is easily searched."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect) -> str | None:
        return None if value is None else "".join(f",{mended(word)}" for word in value) + ","

    def process_result_value(self, value: object, dialect) -> tuple[str, ...]:
        return tuple(word for word in value.split(",") if word) if isinstance(value, str) else ()


class Whole(TypeDecorator):
    """An integer; anything else reads as 0."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: object, dialect) -> int | None:
        return value if value is None or isinstance(value, int) else 0


class Fraction(TypeDecorator):
    """A float; anything else reads as 0."""

    impl = Double
    cache_ok = True

    def process_result_value(self, value: object, dialect) -> float | None:
        return value if value is None or isinstance(value, float) else 0.0


def from_now(seconds: float = 0.0) -> Function:
    """SQL for `seconds` from now by the database's clock, in the text form in which SQLite keeps dates."""
    return func.strftime("%Y-%m-%d %H:%M:%f000", "now", f"{seconds:+.3f} seconds", type_=UtcDateTime())


_STAND_INS: dict[type[StrEnum], StrEnum | None] = {
    AnswerState: AnswerState.BROKEN_OFF,
    ArtifactKind: ArtifactKind.BENCHMARK,
    DeathCause: DeathCause.ERROR,
    DeploymentState: DeploymentState.FAILED,
    DesiredState: DesiredState.STOPPED,
    HoldReason: HoldReason.PERSON,
    JobKind: JobKind.PREPARE,
    JobState: JobState.FAILED,
    Preferred: Preferred.TIE,
    Purpose: Purpose.SERVE,
    RestartPolicy: RestartPolicy.NEVER,
    StopRequest: None,
    ThingKind: ThingKind.RUN,
    TrashState: TrashState.KEPT,
}
"""What an unknown value reads as: a member that triggers no action."""


class Row(DeclarativeBase):
    type_annotation_map = {
        datetime: UtcDateTime(),
        dict: JSON(none_as_null=True),
        int: Whole(),
        float: Fraction(),
        str: Text(),
        tuple[str, ...]: Words(),
        **{kinds: Named(kinds, stand_in) for kinds, stand_in in _STAND_INS.items()},
    }


class RunsInProcess:
    """The process that works on a row; see storage/processes.py."""

    process_id: Mapped[int | None]
    process_started: Mapped[int | None]
    boot_id: Mapped[str | None]


class CanBeDeleted:
    """A row that can be in the trash, where no list shows it until it is restored."""

    trash_id: Mapped[str | None]
