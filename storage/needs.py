"""What needs a thing that is to be deleted: jobs that have not ended, and models being served, whoever owns them."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import ColumnElement, String, cast, or_, select
from sqlalchemy.orm import Session

from core.disk_space import size_bytes
from core.errors import ConflictError
from core.specs import FINAL_STATES
from core.specs.deployments import DeploymentState, DesiredState, Purpose
from core.specs.keeping import ThingKind
from storage.actors import Actor
from storage.database import Store
from storage.rows import Artifact, Deployment, Job

_DISPENSABLE = {"compare_with", "not_compared_with"}
"""Fields of a spec that its job can do without: it reports what it did not find."""


@dataclass(frozen=True)
class Thing:
    """Something to delete: its rows, if any, and the files and folders (absolute) that go with it."""

    kind: ThingKind
    name: str
    rows: tuple[Job | Artifact | Deployment, ...]
    paths: tuple[Path, ...]
    names: tuple[Path, ...] = field(default=())
    """Other paths by which jobs and deployments refer to it, such as the folder of a run."""

    @property
    def size_bytes(self) -> int:
        """The bytes that deleting it for good frees."""
        return sum(size_bytes(path) for path in self.paths)


def refuse_needed(store: Store, actor: Actor, thing: Thing) -> None:
    """Raise ConflictError when a job or a deployment still needs `thing`, with what to do first."""
    with store.read() as session:
        refuse_needed_in(session, actor, thing)


def refuse_needed_in(session: Session, actor: Actor, thing: Thing) -> None:
    """`refuse_needed` within the caller's transaction."""
    own = {row.id for row in thing.rows}
    unfinished = list(_living(session, Job, Job.state.not_in(FINAL_STATES)))
    if any(job.id in own for job in unfinished):
        raise ConflictError(f"{thing.name} has not ended yet.", "Stop it first, then delete it.")
    if users := [job for job in unfinished if _names(job.spec, thing)]:
        raise ConflictError(
            f"{thing.name} is needed by {_listed(actor, users, '{0.name} ({0.id})')}.",
            "Wait until it has finished, or cancel it first.",
        )
    served = [row for row in _living(session, Deployment) if row.purpose == Purpose.SERVE and _is_up(row)]
    if mine := next((row for row in served if row.id in own), None):
        stopping = mine.desired_state == DesiredState.STOPPED
        raise ConflictError(
            f"{thing.name} is still {'stopping' if stopping else 'served'}.",
            "It can be deleted in a moment." if stopping else "Stop it first, then delete it.",
        )
    if users := [row for row in served if _serves(row, thing)]:
        raise ConflictError(
            f"{thing.name} is being served as {_listed(actor, users, '{0.name}')}.",
            "Stop that on the Serve page first.",
        )


def users_of(store: Store, actor: Actor, thing: Thing) -> tuple[list[Job], list[Deployment]]:
    """The owner's jobs that used `thing`, which stay, and the stopped deployments that cannot be started without it."""
    own = {row.id for row in thing.rows}
    spec, names = cast(Job.spec, String), {path.name for path in (*thing.paths, *thing.names)}
    may_name = or_(*(spec.contains(name, autoescape=True) for name in names))  # reading every spec would take seconds
    with store.read() as session:
        jobs = [job for job in _living(session, Job, may_name) if job.id not in own and _names(job.spec, thing)]
        served = [row for row in _living(session, Deployment) if row.id not in own and _serves(row, thing)]
    served = [row for row in served if row.purpose == Purpose.SERVE]
    return [job for job in jobs if _is_of(actor, job)], [row for row in served if _is_of(actor, row)]


def chats_with(store: Store, thing: Thing) -> list[Deployment]:
    """The studio's own model servers that have `thing` loaded. They stop when idle, so they may as well stop now."""
    with store.read() as session:
        served = [row for row in _living(session, Deployment) if row.purpose == Purpose.CHAT and _is_up(row)]
    return [row for row in served if _serves(row, thing)]


def _is_of(actor: Actor, row: Job | Deployment) -> bool:
    return row.owner_id == actor.owner_id


def _listed(actor: Actor, users: list[Job] | list[Deployment], words: str) -> str:
    """Names of the owner's rows; other owners' rows are not named."""
    names = [words.format(row) for row in users if _is_of(actor, row)]
    return ", ".join(names if len(names) == len(users) else [*names, "somebody else"])


def _living(session: Session, table: type[Job] | type[Deployment], *which: ColumnElement[bool]) -> Iterable:
    living = select(table).where(table.trash_id.is_(None), *which)
    return session.scalars(living.order_by(table.created_at.desc(), table.id))


def _is_up(deployment: Deployment) -> bool:
    ended = deployment.state in (DeploymentState.STOPPED, DeploymentState.FAILED)
    return deployment.desired_state == DesiredState.RUNNING or not ended


def _serves(deployment: Deployment, thing: Thing) -> bool:
    return _names([deployment.model, deployment.base_model, deployment.reranker], thing)


def _names(value: object, thing: Thing) -> bool:
    """Whether anything in a spec is the path of the thing or of something inside it."""
    if isinstance(value, dict):
        return any(_names(item, thing) for name, item in value.items() if name not in _DISPENSABLE)
    if isinstance(value, list):
        return any(_names(item, thing) for item in value)
    if not isinstance(value, str) or not value.startswith("/"):
        return False
    place = Path(os.path.realpath(value))
    return place in thing.names or any(place.is_relative_to(os.path.realpath(path)) for path in thing.paths)
