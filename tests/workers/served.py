"""A model server as a real process, for tests: started by hand, waited for, asked."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from core.specs.deployments import DeploymentState, Purpose
from storage.actors import OWNER
from storage.deployments import create_deployment, get_deployment
from tests.waiting import PATIENCE_SECONDS, until

QUESTION = "What is another word for big?"
MESSAGES = [{"role": "user", "content": QUESTION}]
NO_END = {"7": -100}
"""The logit bias under which the starter model never ends by itself: 7 is its end token."""
LONG_ANSWER = {"temperature": 5, "top_p": 1, "max_tokens": 1500, "seed": 1, "logit_bias": NO_END}
"""What makes an answer take two seconds."""
ENTRY = ("-m", "workers", "model-server", "--deployment")
UNHURRIED = (
    "-c",
    f"""
import sys
from workers import model_server

model_server._END_SECONDS = {PATIENCE_SECONDS}
sys.exit(model_server.serve(sys.argv[1]))
""",
)
"""A server that the system does not end when a busy machine keeps it from ending in time."""


class Served:
    """One deployment, its process started by hand, and a client that may show a key.

    `entry` is what Python runs, with the id of the deployment after it.
    """

    def __init__(self, store, model, entry: Sequence[str] = ENTRY, **values):
        self.store = store
        values = {"name": "served", "purpose": Purpose.SERVE, "model": str(model), **values}
        self.id = create_deployment(store, OWNER, **values).id
        environment = {**os.environ, "TUNEWRIGHT_HOME": str(store.settings.home)}
        self.process = subprocess.Popen([sys.executable, *entry, self.id], env=environment)

    @property
    def row(self):
        return get_deployment(self.store, OWNER, self.id)

    def wait(self, *states):
        """Its row, once it is in one of these states; fails when its process ends before."""

        def ended() -> str | None:
            return None if self.process.poll() is None else f"it has ended: {self.row.state} {self.row.error_message}"

        return until(lambda: row if (row := self.row).state in states else None, lost=ended)

    def client(self, key: str | None = None) -> httpx.Client:
        self.wait(DeploymentState.READY)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.row.address, headers=headers, trust_env=False, timeout=PATIENCE_SECONDS)

    def secret(self) -> str:
        return Path(self.row.secret_path).read_text()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@contextmanager
def servers(store) -> Iterator[Callable[..., Served]]:
    """`start(model, …)`: model servers in the workspace of `store`, all ended with the body."""
    started: list[Served] = []

    def start(model, **values) -> Served:
        started.append(Served(store, model, **values))
        return started[-1]

    yield start
    for each in started:
        each.end()


def ask_in_vain(address: str, **body) -> None:
    """Ask a server that refuses, or ends meanwhile."""
    with suppress(httpx.TransportError):
        httpx.post(f"{address}/generate", json=body, trust_env=False, timeout=PATIENCE_SECONDS)
