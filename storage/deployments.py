"""Models being served, as people ask for them. Their processes' side is in serving.py."""

import os
import secrets
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import TooManyError
from core.full_disk import naming_full_disks
from core.specs.deployments import DeploymentState, DesiredState, Purpose, RestartPolicy
from storage.actors import Actor
from storage.database import Store
from storage.rows import Deployment
from storage.serving import deployment_by_id, no_deployment, want_stopped


def create_deployment(
    store: Store,
    actor: Actor,
    *,
    name: str,
    purpose: Purpose,
    model: str,
    base_model: str | None = None,
    reranker: str | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    key_hash: str | None = None,
    settings: dict | None = None,
    restart_policy: RestartPolicy = RestartPolicy.ALWAYS,
) -> Deployment:
    """Ask for a model to be served from now on; the supervisor starts it. `port` 0 is any free one.

    Writes a new secret, which the studio shows to the model server, to a file readable by its owner only. Raises
    TooManyError at the limit, DiskFullError; neither leaves a secret behind.
    """
    store.require_room()
    deployment_id = f"{purpose}-{secrets.token_hex(4)}"
    secret_path = store.settings.home / "secrets" / deployment_id
    deployment = Deployment(
        id=deployment_id,
        owner_id=actor.owner_id,
        name=name,
        purpose=purpose,
        model=model,
        base_model=base_model,
        reranker=reranker,
        host=host,
        port=port,
        settings=settings or {},
        desired_state=DesiredState.RUNNING,
        state=DeploymentState.STOPPED,
        restart_policy=restart_policy,
        secret_path=str(secret_path),
        key_hash=key_hash,
        log_path=str(store.settings.logs / f"{deployment_id}.log"),
    )
    try:
        _write_secret(secret_path)  # before the transaction: a slow disk must not keep other writers waiting
        with store.write() as session:
            _refuse_too_many(store, session, deployment)
            session.add(deployment)
    except BaseException:
        secret_path.unlink(missing_ok=True)
        raise
    return deployment


def _refuse_too_many(store: Store, session: Session, deployment: Deployment) -> None:
    """Raise TooManyError when `deployment` would exceed the limit of models served to clients, over all owners."""
    most = store.settings.deployments_limit
    others = select(func.count()).where(
        Deployment.purpose == Purpose.SERVE,
        Deployment.desired_state == DesiredState.RUNNING,
        Deployment.id != deployment.id,
    )
    if deployment.purpose == Purpose.SERVE and session.scalar(others) >= most:
        raise TooManyError(
            f"{most} models are already being served, which is the limit.",
            "Stop one, or raise TUNEWRIGHT_DEPLOYMENTS_LIMIT.",
        )


def _write_secret(path: Path) -> None:
    with naming_full_disks(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(descriptor)  # some file systems report a full disk only now


def get_deployment(store: Store, actor: Actor, deployment_id: str) -> Deployment:
    """The deployment as it is now. Raises NotFoundError."""
    with store.read() as session:
        return _deployment(session, actor, deployment_id)


def _deployment(session: Session, actor: Actor, deployment_id: str) -> Deployment:
    deployment = deployment_by_id(session, deployment_id)
    if deployment.owner_id != actor.owner_id:
        raise no_deployment(deployment_id)
    return deployment


def list_deployments(
    store: Store, actor: Actor, purpose: Purpose | None = None, desired_state: DesiredState | None = None
) -> list[Deployment]:
    """The newest first."""
    query = select(Deployment).where(Deployment.owner_id == actor.owner_id, Deployment.trash_id.is_(None))
    query = query.order_by(Deployment.created_at.desc(), Deployment.id)
    if purpose:
        query = query.where(Deployment.purpose == purpose)
    if desired_state:
        query = query.where(Deployment.desired_state == desired_state)
    with store.read() as session:
        return list(session.scalars(query))


def set_desired(store: Store, actor: Actor, deployment_id: str, desired_state: DesiredState) -> Deployment:
    """Say what is wanted; the supervisor makes it so. Asking for it to run again clears earlier failures.

    A live process stops in any case, even if the deployment is wanted again before it has. Raises TooManyError at the
    limit.
    """
    with store.write() as session:
        deployment = _deployment(session, actor, deployment_id)
        if desired_state == DesiredState.STOPPED:
            want_stopped(deployment)
            return deployment
        _refuse_too_many(store, session, deployment)
        deployment.desired_state = desired_state
        deployment.start_after = None
        deployment.restarts = 0
        if deployment.state == DeploymentState.FAILED:
            deployment.state = DeploymentState.STOPPED
    return deployment
