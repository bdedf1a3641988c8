"""Owners, and what the studio remembers for them: preferences, drafts, visits, votes, ratings, remarks, the trash."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.specs.keeping import ThingKind, TrashState
from core.specs.kinds import Preferred
from storage.rows.columns import Row, from_now


class Owner(Row):
    __tablename__ = "owners"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=from_now())


class Preference(Row):
    """A setting the user has chosen."""

    __tablename__ = "preferences"
    __table_args__ = {"sqlite_with_rowid": False}

    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Draft(Row):
    """What has been typed into a page's form in one browser and not submitted yet."""

    __tablename__ = "drafts"

    browser: Mapped[str] = mapped_column(primary_key=True)
    """Hash of the browser's cookie; empty without one."""
    page: Mapped[str] = mapped_column(primary_key=True)
    values: Mapped[dict]
    updated_at: Mapped[datetime] = mapped_column(default=from_now())


class Visit(Row):
    """When a browser was last here."""

    __tablename__ = "visits"

    browser: Mapped[str] = mapped_column(primary_key=True)
    """As in drafts."""
    seen_at: Mapped[datetime] = mapped_column(default=from_now())
    before_at: Mapped[datetime | None]
    """When the previous visit ended."""


class Vote(Row):
    """A person's verdict on two models' answers to one example of an evaluation, given without seeing their names."""

    __tablename__ = "votes"
    __table_args__ = (UniqueConstraint("owner_id", "job_id", "criteria", "example", "left", "right"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    criteria: Mapped[str] = mapped_column(default="")
    """A hash of the person's criteria, see `JudgeSpec.own_criteria`; empty under the usual question."""
    example: Mapped[int]
    """Its place in `predictions.json`."""
    left: Mapped[str]
    """The name of the model whose answer stood on the left."""
    right: Mapped[str]
    preferred: Mapped[Preferred]
    cast_at: Mapped[datetime] = mapped_column(default=from_now())


class Remark(Row):
    """What a person says about one example of an evaluation."""

    __tablename__ = "remarks"
    __table_args__ = (UniqueConstraint("owner_id", "job_id", "example"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    example: Mapped[int]
    """Its place in `predictions.json`."""
    comment: Mapped[str] = mapped_column(default="")
    tags: Mapped[tuple[str, ...]] = mapped_column(default=())
    changed_at: Mapped[datetime] = mapped_column(default=from_now())


class Rating(Row):
    """A person's mark of one answer of an evaluation, given without seeing whose it is or what a judge said."""

    __tablename__ = "ratings"
    __table_args__ = (UniqueConstraint("owner_id", "job_id", "rubric", "example", "model"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    rubric: Mapped[str]
    """A hash of the criteria and the scale, see `JudgeSpec.rubric`."""
    example: Mapped[int]
    """Its place in `predictions.json`."""
    model: Mapped[str]
    """The name of the model that answered."""
    mark: Mapped[int]
    rated_at: Mapped[datetime] = mapped_column(default=from_now())


class Trash(Row):
    """Something deleted, until it is restored or its space is freed. Its rows have this id as `trash_id`."""

    __tablename__ = "trash"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("owners.id"))
    kind: Mapped[ThingKind]
    name: Mapped[str]
    state: Mapped[TrashState]
    places: Mapped[dict]
    """Original path → path in the trash, for each file or folder; relative to the workspace when inside it."""
    size_bytes: Mapped[int]
    deleted_at: Mapped[datetime] = mapped_column(default=from_now())
