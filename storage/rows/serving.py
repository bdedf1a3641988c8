"""The supervisor, and the models being served."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.specs.deployments import DeploymentState, DesiredState, Purpose, RestartPolicy
from storage.rows.columns import CanBeDeleted, Row, RunsInProcess, from_now


class Worker(RunsInProcess, Row):
    """The holder of a role that only one process may have, such as supervising this workspace."""

    __tablename__ = "workers"

    role: Mapped[str] = mapped_column(primary_key=True)
    worker_id: Mapped[str]
    lease_expires_at: Mapped[datetime]
    started_at: Mapped[datetime] = mapped_column(default=from_now())
    facts: Mapped[dict]
    """What it offers: slots, GPUs."""


class Deployment(RunsInProcess, CanBeDeleted, Row):
    """A model being served: desired and actual state."""

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
    """0 means any free port."""
    settings: Mapped[dict]
    """Other options of the model server: threads, context length, idle seconds."""
    desired_state: Mapped[DesiredState]
    state: Mapped[DeploymentState]
    restart_policy: Mapped[RestartPolicy]
    restarts: Mapped[int] = mapped_column(default=0)
    start_after: Mapped[datetime | None]
    """Not restarted before this time: the backoff after a death."""
    address: Mapped[str | None]
    secret_path: Mapped[str]
    """The file, readable by its owner only, with the secret that the studio sends to this server."""
    key_hash: Mapped[str | None]
    """SHA-256 of the key that clients on other machines must send."""
    error_message: Mapped[str | None]
    error_remedy: Mapped[str | None]
    log_path: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=from_now())
    ready_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
