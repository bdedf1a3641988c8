"""Models being served: started and stopped as the person wishes, and found for a chat."""

import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from app.models import find_model
from app.plumbing.places import checked_name, plain_name
from app.plumbing.studio import store
from core.errors import ConflictError, InputError, NotFoundError, UnavailableError
from core.listening import is_loopback
from core.specs.deployments import DeploymentState, DesiredState, Purpose, RestartPolicy
from storage import deployments as rows
from storage.rows import Deployment

START_SECONDS = 180
CHAT_IDLE_SECONDS = 600
ANSWER_SECONDS = 600
_POLL_SECONDS = 0.2
_finding = threading.Lock()


class Started(NamedTuple):
    """A deployment just asked for. `key` is told once, here; only its hash is kept. None on loopback."""

    deployment: Deployment
    key: str | None


class ModelServer(NamedTuple):
    """A model server that answers: its address, and the secret that it wants to be shown."""

    address: str
    secret: str


def start_deployment(
    model: str | None,
    base_model: str | None = None,
    reranker: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    name: str | None = None,
) -> Started:
    """Ask for a model to be served at `host`:`port` until it is stopped; port 0 is any free one.

    Beyond loopback a key is made, which clients must show. Raises InputError or NotFoundError for a model that cannot
    be served, ConflictError for a port in use.
    """
    found = find_model(model, base_model)
    _refuse_taken_port(host, port)
    key = None if is_loopback(host) else f"tunewright-{secrets.token_urlsafe(32)}"
    deployment = rows.create_deployment(
        store(),
        name=checked_name(name) if name else plain_name(found.label),
        purpose=Purpose.SERVE,
        model=found.reference,
        base_model=find_model(base_model).reference if base_model else None,
        reranker=_reranker(reranker),
        host=host,
        port=port,
        key_hash=hashlib.sha256(key.encode()).hexdigest() if key else None,
    )
    return Started(deployment, key)


def stop_deployment(deployment_id: str) -> Deployment:
    """Ask for a deployment to be stopped; the supervisor does it."""
    return rows.set_desired(store(), deployment_id, DesiredState.STOPPED)


def restart_deployment(deployment_id: str) -> Deployment:
    """Ask for a stopped deployment to be served again."""
    return rows.set_desired(store(), deployment_id, DesiredState.RUNNING)


def deployments() -> list[Deployment]:
    """What is or was served to clients, newest first; the studio's own chat servers are not among them."""
    return rows.list_deployments(store(), purpose=Purpose.SERVE)


def deployment(deployment_id: str) -> Deployment:
    """The deployment of this id. Raises NotFoundError."""
    return rows.get_deployment(store(), deployment_id)


def wait_until_ready(
    deployment_id: str, seconds: float = START_SECONDS, meanwhile: Callable[[], None] = lambda: None
) -> Deployment:
    """The deployment once it answers; `meanwhile` is called while waiting.

    Raises UnavailableError with the model server's own words when it fails, or when `seconds` have passed.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        current = deployment(deployment_id)
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
        f"The model server did not answer within {seconds:.0f} s.", f"See its log: {deployment(deployment_id).log_path}"
    )


def chat_server(model: str, base_model: str | None = None, meanwhile: Callable[[], None] = lambda: None) -> ModelServer:
    """A model server of the studio's own for `model`, started when none runs. `meanwhile` is called while waiting, and
    ends that by what it raises. Raises UnavailableError as above."""
    reference = find_model(model, base_model).reference
    with _finding:
        known = rows.list_deployments(store(), purpose=Purpose.CHAT)
        mine = next((row for row in known if row.model == reference and row.base_model == base_model), None)
        if mine is None:
            mine = rows.create_deployment(
                store(),
                name=plain_name(Path(reference).stem),
                purpose=Purpose.CHAT,
                model=reference,
                base_model=base_model,
                settings={"idle_seconds": CHAT_IDLE_SECONDS},
                restart_policy=RestartPolicy.NEVER,
            )
        elif mine.desired_state != DesiredState.RUNNING or mine.state == DeploymentState.FAILED:
            rows.set_desired(store(), mine.id, DesiredState.RUNNING)
    return _server(wait_until_ready(mine.id, meanwhile=meanwhile))


def serving(name: str | None = None, with_reranker: bool = False) -> ModelServer:
    """A running deployment: the one called `name` if there is one, else the newest.

    Raises UnavailableError when none runs.
    """
    ready = [row for row in deployments() if row.state == DeploymentState.READY and row.address]
    if with_reranker:
        ready = [row for row in ready if row.reranker]
    if not ready:
        what = "a reranker" if with_reranker else "a model"
        raise UnavailableError(f"Nothing that serves {what} is running.", f"Serve {what} first, on the Serve page.")
    return _server(next((row for row in ready if row.name == name), ready[0]))


def _server(row: Deployment) -> ModelServer:
    return ModelServer(row.address, Path(row.secret_path).read_text(encoding="utf-8").strip())


def _reranker(reference: str | None) -> str | None:
    """A cross-encoder's folder, absolute, or its hub id. A folder is named with a slash."""
    if not reference:
        return None
    folder = Path(reference).expanduser().absolute()
    if "/" in reference and folder.is_dir():
        return str(folder)
    if reference.startswith((".", "/", "~")) or reference.count("/") != 1:
        raise NotFoundError(f"There is no reranker at {folder}.", "Give a cross-encoder's folder or hub id.")
    return reference


def _refuse_taken_port(host: str, port: int) -> None:
    if not 0 <= port <= 65535:
        raise InputError(f"{port} is no port.", "Choose one from 1024 to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise ConflictError(
            f"Nothing can listen on {host}:{port}: {error.strerror}.",
            "Choose another port.",
        ) from error
