"""`deploy`: serve a model until Ctrl-C."""

import json
import signal
import sys
import time
from argparse import Namespace

from app.chat.suggestions import GENERAL
from app.cli.actor import actor
from app.cli.values import given_values
from app.plumbing.supervision import ensure_supervisor
from app.serve.deployments import deployment, start_deployment, stop_deployment
from app.serve.model_servers import wait_until_ready
from core.errors import InputError, UnavailableError
from core.specs.deployments import DeploymentState

_POLL_SECONDS = 0.5
_STOP_SECONDS = 20


def deploy(args: Namespace) -> dict:
    """Start the deployment, print how to reach it, and stay until Ctrl-C or SIGTERM stops it.

    Raises UnavailableError if it cannot start, or fails later.
    """
    values = given_values(args)
    if "model" not in values:
        raise InputError("No model was given.", "Name a GGUF with --quantized-model, or a model with --model-path.")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    started = start_deployment(actor(), **values)
    deployment_id = started.deployment.id
    try:
        print(f"Loading {started.deployment.name} ...", file=sys.stderr, flush=True)
        ready = wait_until_ready(actor(), deployment_id, meanwhile=lambda: ensure_supervisor(until_idle=True))
        _tell(ready.address, started.key, ready.reranker, args.json)
        _stay(deployment_id)
    except KeyboardInterrupt:
        print("Stopping ...", file=sys.stderr, flush=True)
    finally:
        stop_deployment(actor(), deployment_id)
    _await_stop(deployment_id)
    return {"deployment": deployment_id, "state": "stopped"}


def _await_stop(deployment_id: str) -> None:
    """Wait until the port is free again, or for a few seconds."""
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline and deployment(actor(), deployment_id).address:
        time.sleep(_POLL_SECONDS)


def _stay(deployment_id: str) -> None:
    """Return when the deployment is stopped elsewhere; Ctrl-C passes through."""
    while True:
        current = deployment(actor(), deployment_id)
        if current.state == DeploymentState.STOPPED:
            return
        if current.state == DeploymentState.FAILED:
            raise UnavailableError(current.error_message or "The model server died.", f"See {current.log_path}.")
        ensure_supervisor(until_idle=True)
        time.sleep(_POLL_SECONDS)


def _tell(address: str, key: str | None, reranker: str | None, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"address": address, "key": key}), flush=True)
        return
    shown = f" -H 'Authorization: Bearer {key}'" if key else ""
    print(f"Serving at {address} (documentation: {address}/docs). Press Ctrl-C to stop.")
    if key:
        print(f"Key, shown only once: {key}")
    print(
        f"Try it: curl {address}/generate{shown} -H 'Content-Type: application/json'"
        f" -d '{json.dumps({'prompt': GENERAL[0]})}'",
        flush=True,
    )
    if reranker:
        print(f"Rerank: POST {address}/rerank", flush=True)
