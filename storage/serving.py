"""Models being served, as their processes see them: what the supervisor and the model servers read and write."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import LeaseLostError, NotFoundError
from core.specs.deployments import DeploymentState, DesiredState, Purpose
from storage.database import Store
from storage.processes import ProcessIdentity
from storage.rows import Deployment, from_now

_LONGEST_BACKOFF_SECONDS = 60


def unsettled_deployments(store: Store) -> list[Deployment]:
    """The deployments the supervisor has to look after: wanted, or unwanted with a live process."""
    there = (DeploymentState.STARTING, DeploymentState.READY, DeploymentState.STOPPING)
    query = select(Deployment).where((Deployment.desired_state == DesiredState.RUNNING) | Deployment.state.in_(there))
    with store.read() as session:
        return list(session.scalars(query))


def find_deployment(store: Store, deployment_id: str) -> Deployment:
    """The deployment as it is now, whoever owns it. Raises NotFoundError."""
    with store.read() as session:
        return deployment_by_id(session, deployment_id)


def deployment_by_id(session: Session, deployment_id: str) -> Deployment:
    """The deployment, whoever owns it. Raises NotFoundError, also for one in the trash."""
    deployment = session.get(Deployment, deployment_id)
    if deployment is None or deployment.trash_id:
        raise no_deployment(deployment_id)
    return deployment


def no_deployment(deployment_id: str) -> NotFoundError:
    """The error for an id that nothing, or nothing visible, has."""
    return NotFoundError(f"There is no deployment {deployment_id}.", "List the deployments to see their ids.")


def deployment_states(store: Store) -> list[DeploymentState]:
    """The state of every model served to clients, whoever owns it, for whoever monitors the studio."""
    served = select(Deployment.state).where(Deployment.trash_id.is_(None), Deployment.purpose == Purpose.SERVE)
    with store.read() as session:
        return list(session.scalars(served))


def served_models(store: Store) -> set[str]:
    """The models and base models that anybody's deployments name; of the studio's own servers, only wanted ones."""
    counts = (Deployment.purpose == Purpose.SERVE) | (Deployment.desired_state == DesiredState.RUNNING)
    query = select(Deployment.model, Deployment.base_model).where(Deployment.trash_id.is_(None), counts)
    with store.read() as session:
        return {name for names in session.execute(query) for name in names if name}


def startable(store: Store, deployment_id: str) -> bool:
    """Whether the backoff after its last death is over, by the database's clock."""
    over = (Deployment.start_after.is_(None)) | (Deployment.start_after <= from_now())
    with store.read() as session:
        return session.scalar(select(Deployment.id).where(Deployment.id == deployment_id, over)) is not None


def mark_starting(store: Store, deployment_id: str, process: ProcessIdentity) -> Deployment:
    """Its process has been started. If it is no longer wanted, it is stopping right away."""
    with store.write() as session:
        deployment = deployment_by_id(session, deployment_id)
        wanted = deployment.desired_state == DesiredState.RUNNING
        deployment.state = DeploymentState.STARTING if wanted else DeploymentState.STOPPING
        deployment.process_id, deployment.process_started = process.process_id, process.process_started
        deployment.boot_id = process.boot_id
        deployment.address = deployment.error_message = deployment.error_remedy = None
    return deployment


def mark_ready(store: Store, deployment_id: str, address: str, pid: int) -> Deployment:
    """Process `pid` answers at `address` (like `http://127.0.0.1:40123`).

    Raises LeaseLostError when it was told to stop or another process has taken over: the caller must exit.
    """
    with store.write() as session:
        deployment = deployment_by_id(session, deployment_id)
        if deployment.process_id != pid or deployment.state == DeploymentState.STOPPING:
            raise LeaseLostError(f"process {pid} no longer serves {deployment_id}")
        deployment.state = DeploymentState.READY
        deployment.address = address
        deployment.ready_at = deployment.last_used_at = from_now()
    return deployment


def touch(store: Store, deployment_id: str) -> None:
    """It was just used; an idle chat server is stopped after a while."""
    with store.write() as session:
        deployment_by_id(session, deployment_id).last_used_at = from_now()


def stop_wanting(store: Store, deployment_id: str) -> None:
    """Let it stop: nobody has used it for long, or its model is going away."""
    with store.write() as session:
        want_stopped(deployment_by_id(session, deployment_id))


def want_stopped(deployment: Deployment) -> None:
    """Want the deployment stopped; a process that is starting or ready has to end."""
    deployment.desired_state = DesiredState.STOPPED
    deployment.start_after = None
    if deployment.state in (DeploymentState.STARTING, DeploymentState.READY):
        deployment.state = DeploymentState.STOPPING


def mark_stopped(store: Store, deployment_id: str) -> Deployment:
    """Its process has ended as requested."""
    with store.write() as session:
        deployment = deployment_by_id(session, deployment_id)
        _without_process(deployment, DeploymentState.STOPPED)
    return deployment


def mark_failed(store: Store, deployment_id: str, message: str, remedy: str = "", retry: bool = False) -> Deployment:
    """Its process has died or cannot serve. With `retry` it is restarted with exponential backoff."""
    with store.write() as session:
        deployment = deployment_by_id(session, deployment_id)
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
