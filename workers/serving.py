"""Keeps deployments in their desired state: starts model servers, restarts them with backoff, ends them."""

import logging
import signal
import time
from pathlib import Path

from core.full_disk import means_full_disk
from core.specs.deployments import DeploymentState, DesiredState, RestartPolicy
from storage import serving
from storage.database import Store
from storage.processes import Fate, fate_of, identify
from storage.rows import Deployment
from workers.children import Child, clear_away, signal_process_of

_STOP_SECONDS = 2.7
"""A little longer than a model server takes to exit on SIGTERM."""
log = logging.getLogger(__name__)


class Serving:
    """The model servers of one workspace; the supervisor calls `tick`."""

    def __init__(self, store: Store, threads: int):
        self._store = store
        self._threads = threads
        self._children: dict[str, Child] = {}
        self._told_at: dict[tuple[int, int], float] = {}
        """When each process (pid and start time) was sent SIGTERM."""

    def tick(self) -> bool:
        """Look at all of them once. True while any is starting or stopping: then the next look should come soon."""
        unsettled = serving.unsettled_deployments(self._store)
        for deployment in unsettled:
            alive = self._is_alive(deployment)
            if deployment.state == DeploymentState.STOPPING or deployment.desired_state == DesiredState.STOPPED:
                self._stop(deployment, alive)
            elif not alive and deployment.state in (DeploymentState.STARTING, DeploymentState.READY):
                self._bury(deployment)
            elif not alive and serving.startable(self._store, deployment.id):
                self._start(deployment)
        self._children = {key: child for key, child in self._children.items() if not child.ended()}
        there = {_process(deployment) for deployment in unsettled}
        self._told_at = {process: at for process, at in self._told_at.items() if process in there}
        return any(row.state in (DeploymentState.STARTING, DeploymentState.STOPPING) for row in unsettled)

    def _is_alive(self, deployment: Deployment) -> bool:
        child = self._child(deployment)
        return not child.ended() if child else fate_of(deployment) == Fate.ALIVE

    def _child(self, deployment: Deployment) -> Child | None:
        """The process in the row, if it is our child."""
        child = self._children.get(deployment.id)
        return child if child and child.process.pid == deployment.process_id else None

    def _start(self, deployment: Deployment) -> None:
        arguments = ["model-server", "--deployment", deployment.id]
        try:
            child = Child(arguments, Path(deployment.log_path), self._store.settings, self._threads, device=None)
        except OSError as error:
            message, retry = f"Its process could not be started: {error}.", means_full_disk(error)
            serving.mark_failed(self._store, deployment.id, message, retry=retry)
            return
        self._children[deployment.id] = child
        serving.mark_starting(self._store, deployment.id, identify(child.process.pid))
        log.info("%s: process %d", deployment.id, child.process.pid)

    def _stop(self, deployment: Deployment, alive: bool) -> None:
        """Send SIGTERM once, and SIGKILL if the process outlives the grace period."""
        process = _process(deployment)
        if not alive:
            serving.mark_stopped(self._store, deployment.id)
            log.info("%s: stopped", deployment.id)
        elif process not in self._told_at:
            self._told_at[process] = time.monotonic()
            signal_process_of(deployment, signal.SIGTERM)
        elif time.monotonic() - self._told_at[process] > _STOP_SECONDS:
            signal_process_of(deployment, signal.SIGKILL)

    def _bury(self, deployment: Deployment) -> None:
        child = self._child(deployment)
        if child:
            message = child.death().message
        else:
            clear_away(deployment)
            message = "its process is gone"
        retry = deployment.restart_policy == RestartPolicy.ALWAYS
        serving.mark_failed(
            self._store, deployment.id, f"The model server died: {message}.", f"See {deployment.log_path}.", retry=retry
        )
        log.info("%s: %s", deployment.id, message)


def _process(deployment: Deployment) -> tuple[int, int]:
    return deployment.process_id, deployment.process_started
