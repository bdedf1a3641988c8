"""Deployments: starting, stopping and listing them."""

import hashlib
import secrets
from pathlib import Path
from typing import NamedTuple

from app.models.find_model import find_model
from app.plumbing.places import checked_name, plain_name
from app.plumbing.studio import store
from core.errors import InputError, NotFoundError
from core.listening import is_loopback, listening_socket
from core.specs.deployments import DesiredState, Purpose
from storage import deployments as rows
from storage.actors import Actor
from storage.rows import Deployment


class Started(NamedTuple):
    """A new deployment. Its `key` is available only here, as only its hash is stored; None on loopback."""

    deployment: Deployment
    key: str | None


def start_deployment(
    actor: Actor,
    model: str | None,
    base_model: str | None = None,
    reranker: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    name: str | None = None,
) -> Started:
    """Have a model served at `host`:`port` until it is stopped; port 0 picks a free one.

    Beyond loopback, clients need the key that is created here. Raises InputError or NotFoundError for a model that
    cannot be served, ConflictError for a port in use.
    """
    found = find_model(actor, model, base_model)
    _refuse_taken_port(host, port)
    key = None if is_loopback(host) else f"tunewright-{secrets.token_urlsafe(32)}"
    deployment = rows.create_deployment(
        store(),
        actor,
        name=checked_name(name) if name else plain_name(found.label),
        purpose=Purpose.SERVE,
        model=found.reference,
        base_model=find_model(actor, base_model).reference if base_model else None,
        reranker=_reranker(reranker),
        host=host,
        port=port,
        key_hash=hashlib.sha256(key.encode()).hexdigest() if key else None,
    )
    return Started(deployment, key)


def stop_deployment(actor: Actor, deployment_id: str) -> Deployment:
    """Have the supervisor stop a deployment."""
    return rows.set_desired(store(), actor, deployment_id, DesiredState.STOPPED)


def restart_deployment(actor: Actor, deployment_id: str) -> Deployment:
    """Have the supervisor start a stopped deployment again."""
    return rows.set_desired(store(), actor, deployment_id, DesiredState.RUNNING)


def deployments(actor: Actor) -> list[Deployment]:
    """Current and past deployments, newest first; without the studio's own chat servers."""
    return rows.list_deployments(store(), actor, purpose=Purpose.SERVE)


def deployment(actor: Actor, deployment_id: str) -> Deployment:
    """The deployment with this id. Raises NotFoundError."""
    return rows.get_deployment(store(), actor, deployment_id)


def _reranker(reference: str | None) -> str | None:
    """A cross-encoder's absolute folder, or its hub id. Only a reference with a slash can be a folder."""
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
        raise InputError(f"{port} is not a port.", "Choose one from 1024 to 65535.")
    listening_socket(host, port, "Choose another port.").close()
