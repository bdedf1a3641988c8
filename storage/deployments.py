"""Models being served: what the person wants of each, and what its process has come to."""

import os
import secrets
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import LeaseLostError, NotFoundError, TooManyError
from core.full_disk import naming_full_disks
from core.specs.deployments import DeploymentState, DesiredState, Purpose, RestartPolicy
from storage.database import Store
from storage.processes import ProcessIdentity
from storage.rows import OWNER, Deployment, from_now

_LONGEST_BACKOFF_SECONDS = 60


def create_deployment(
    store: Store,
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
    owner_id: str = OWNER,
) -> Deployment:
    """Ask for a model to be served from now on; the supervisor starts it. `port` 0 is any free one.

    A new secret is put into a file that only its owner can read; the studio shows it to the model server. Raises
    TooManyError where as many are served as may, DiskFullError; then there is no secret either.
    """
    store.require_room()
    deployment_id = f"{purpose}-{secrets.token_hex(4)}"
    secret_path = store.settings.home / "secrets" / deployment_id
    deployment = Deployment(
        id=deployment_id,
        owner_id=owner_id,
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
        with store.write() as session:
            _refuse_too_many(store, session, deployment)
            _write_secret(secret_path)
            session.add(deployment)
    except BaseException:
        secret_path.unlink(missing_ok=True)
        raise
    return deployment


def _refuse_too_many(store: Store, session: Session, deployment: Deployment) -> None:
    """Raises TooManyError where `deployment` would be one more than may be served to clients at once."""
    most = store.settings.deployments_limit
    others = select(func.count()).where(
        Deployment.purpose == Purpose.SERVE,
        Deployment.desired_state == DesiredState.RUNNING,
        Deployment.id != deployment.id,
    )
    if deployment.purpose == Purpose.SERVE and session.scalar(others) >= most:
        raise TooManyError(
            f"{most} models are served already, as many as may.", "Stop one, or raise TUNEWRIGHT_DEPLOYMENTS_LIMIT."
        )


def _write_secret(path: Path) -> None:
    with naming_full_disks(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(descriptor)  # some file systems say only then that they are full


def get_deployment(store: Store, deployment_id: str) -> Deployment:
    """The deployment as it is now. Raises NotFoundError."""
    with store.read() as session:
        return _deployment(session, deployment_id)


def _deployment(session: Session, deployment_id: str) -> Deployment:
    deployment = session.get(Deployment, deployment_id)
    if deployment is None or deployment.trash_id:
        raise NotFoundError(f"There is no deployment {deployment_id}.", "List the deployments to see their ids.")
    return deployment


def list_deployments(
    store: Store, purpose: Purpose | None = None, desired_state: DesiredState | None = None
) -> list[Deployment]:
    """The newest first."""
    query = (
        select(Deployment).where(Deployment.trash_id.is_(None)).order_by(Deployment.created_at.desc(), Deployment.id)
    )
    if purpose:
        query = query.where(Deployment.purpose == purpose)
    if desired_state:
        query = query.where(Deployment.desired_state == desired_state)
    with store.read() as session:
        return list(session.scalars(query))


def unsettled_deployments(store: Store) -> list[Deployment]:
    """Those that the supervisor has to look after: wanted, or not wanted and still there."""
    there = (DeploymentState.STARTING, DeploymentState.READY, DeploymentState.STOPPING)
    query = select(Deployment).where((Deployment.desired_state == DesiredState.RUNNING) | Deployment.state.in_(there))
    with store.read() as session:
        return list(session.scalars(query))


def set_desired(store: Store, deployment_id: str, desired_state: DesiredState) -> Deployment:
    """Say what is wanted; the supervisor makes it so. Wanting it to run again forgets earlier failures.

    A process that is there is stopping from now on, and ends even if the deployment is wanted again before it has.
    Raises TooManyError where as many are served as may.
    """
    with store.write() as session:
        deployment = _deployment(session, deployment_id)
        if desired_state == DesiredState.RUNNING:
            _refuse_too_many(store, session, deployment)
        deployment.desired_state = desired_state
        deployment.start_after = None
        if desired_state == DesiredState.RUNNING:
            deployment.restarts = 0
            if deployment.state == DeploymentState.FAILED:
                deployment.state = DeploymentState.STOPPED
        elif deployment.state in (DeploymentState.STARTING, DeploymentState.READY):
            deployment.state = DeploymentState.STOPPING
    return deployment


def startable(store: Store, deployment_id: str) -> bool:
    """Whether the back-off after its last death is over, by the database's clock."""
    over = (Deployment.start_after.is_(None)) | (Deployment.start_after <= from_now())
    with store.read() as session:
        return session.scalar(select(Deployment.id).where(Deployment.id == deployment_id, over)) is not None


def mark_starting(store: Store, deployment_id: str, process: ProcessIdentity) -> Deployment:
    """Its process has been started; one that is not wanted any more is stopping at once."""
    with store.write() as session:
        deployment = _deployment(session, deployment_id)
        wanted = deployment.desired_state == DesiredState.RUNNING
        deployment.state = DeploymentState.STARTING if wanted else DeploymentState.STOPPING
        deployment.process_id, deployment.process_started = process.process_id, process.process_started
        deployment.boot_id = process.boot_id
        deployment.address = deployment.error_message = deployment.error_remedy = None
    return deployment


def mark_ready(store: Store, deployment_id: str, address: str, pid: int) -> Deployment:
    """Process `pid` answers at `address` (like `http://127.0.0.1:40123`).

    Raises LeaseLostError when it was told to end or another process serves this deployment by now: the caller must
    exit.
    """
    with store.write() as session:
        deployment = _deployment(session, deployment_id)
        if deployment.process_id != pid or deployment.state == DeploymentState.STOPPING:
            raise LeaseLostError(f"process {pid} no longer serves {deployment_id}")
        deployment.state = DeploymentState.READY
        deployment.address = address
        deployment.ready_at = deployment.last_used_at = from_now()
    return deployment


def touch(store: Store, deployment_id: str) -> None:
    """It was just used; an idle chat server is stopped after a while."""
    with store.write() as session:
        _deployment(session, deployment_id).last_used_at = from_now()


def mark_stopped(store: Store, deployment_id: str) -> Deployment:
    """Its process has ended, as wanted."""
    with store.write() as session:
        deployment = _deployment(session, deployment_id)
        _without_process(deployment, DeploymentState.STOPPED)
    return deployment


def mark_failed(store: Store, deployment_id: str, message: str, remedy: str = "", retry: bool = False) -> Deployment:
    """Its process has died or cannot serve. With `retry` it is started again after a growing pause."""
    with store.write() as session:
        deployment = _deployment(session, deployment_id)
        _without_process(deployment, DeploymentState.FAILED)
        deployment.error_message, deployment.error_remedy = message, remedy
        if retry:
            deployment.start_after = from_now(min(2**deployment.restarts, _LONGEST_BACKOFF_SECONDS))
            deployment.restarts += 1
        else:
            deployment.desired_state = DesiredState.STOPPED
    return deployment


def _without_process(deployment: Deployment, state: DeploymentState) -> None:
    deployment.state = state
    deployment.address = deployment.process_id = deployment.process_started = deployment.boot_id = None
    deployment.stopped_at = from_now()
