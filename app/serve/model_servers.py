"""Model servers ready to answer: the studio's own for chats, and those of deployments."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from app.models.find_model import find_model
from app.plumbing.places import plain_name
from app.plumbing.studio import store
from app.serve.deployments import deployment, deployments
from core.errors import UnavailableError
from core.specs.deployments import DeploymentState, DesiredState, Purpose, RestartPolicy
from storage import deployments as rows
from storage.actors import Actor
from storage.rows import Deployment

START_SECONDS = 180
CHAT_IDLE_SECONDS = 600
ANSWER_SECONDS = 600
_POLL_SECONDS = 0.2
_finding = threading.Lock()


class ModelServer(NamedTuple):
    """A ready model server: its address and its secret."""

    address: str
    secret: str


def wait_until_ready(
    actor: Actor, deployment_id: str, seconds: float = START_SECONDS, meanwhile: Callable[[], None] = lambda: None
) -> Deployment:
    """The deployment once it is ready; `meanwhile` is called while waiting.

    Raises UnavailableError with the model server's error if it fails, or after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        current = deployment(actor, deployment_id)
        if current.state == DeploymentState.READY and current.address:
            return current
        if current.state == DeploymentState.FAILED:
            raise UnavailableError(
                current.error_message or f"{current.name} could not be served.",
                current.error_remedy or f"See its log: {current.log_path}",
            )
        meanwhile()
        time.sleep(_POLL_SECONDS)
    raise UnavailableError(
        f"The model server did not answer within {seconds:.0f} s.",
        f"See its log: {deployment(actor, deployment_id).log_path}",
    )


def chat_server(
    actor: Actor, model: str, base_model: str | None = None, meanwhile: Callable[[], None] = lambda: None
) -> ModelServer:
    """The studio's own model server for `model`, started if needed.

    `meanwhile` is called while waiting and can abort it by raising. Raises UnavailableError as above.
    """
    reference = find_model(actor, model, base_model).reference
    with _finding:
        known = rows.list_deployments(store(), actor, purpose=Purpose.CHAT)
        mine = next((row for row in known if row.model == reference and row.base_model == base_model), None)
        if mine is None:
            mine = rows.create_deployment(
                store(),
                actor,
                name=plain_name(Path(reference).stem),
                purpose=Purpose.CHAT,
                model=reference,
                base_model=base_model,
                settings={"idle_seconds": CHAT_IDLE_SECONDS},
                restart_policy=RestartPolicy.NEVER,
            )
        elif mine.desired_state != DesiredState.RUNNING or mine.state == DeploymentState.FAILED:
            rows.set_desired(store(), actor, mine.id, DesiredState.RUNNING)
    return _server(wait_until_ready(actor, mine.id, meanwhile=meanwhile))


def serving(actor: Actor, name: str | None = None, with_reranker: bool = False) -> ModelServer:
    """A ready deployment: the one called `name` if there is one, else the newest.

    Raises UnavailableError if none is ready.
    """
    ready = [row for row in deployments(actor) if row.state == DeploymentState.READY and row.address]
    if with_reranker:
        ready = [row for row in ready if row.reranker]
    if not ready:
        what = "a reranker" if with_reranker else "a model"
        raise UnavailableError(f"No deployment serves {what}.", f"Serve {what} first, on the Serve page.")
    return _server(next((row for row in ready if row.name == name), ready[0]))


def _server(row: Deployment) -> ModelServer:
    return ModelServer(row.address, Path(row.secret_path).read_text(encoding="utf-8").strip())
