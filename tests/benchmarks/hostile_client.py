"""A hostile client beside an ordinary one: seconds until the ordinary one is answered, and what becomes of memory.

The hostile client sends every attack of `attacks.py` in turn, over and over for three minutes, to a studio and to the
model server behind it (the starter as q4_k_m). Beside it an ordinary client asks for a short answer (through the
studio), the list of jobs, the page and the list of models, one after the other. Memory is the proportional set size of
all processes of the workspace, before the first attack and after the last.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import httpx
import psutil

from core.gguf.convert import convert_to_gguf
from core.gguf.quantize import quantize_gguf
from core.models.catalogue import STARTER_FOLDER
from core.specs import GgufType
from core.specs.deployments import DeploymentState, Purpose
from storage.actors import OWNER
from storage.database import Store, open_store
from storage.deployments import create_deployment, get_deployment
from storage.rows import Deployment
from storage.settings import Settings
from tests.benchmarks.attacks import ATTACKS, Target
from tests.studio import processes_of, running_studio
from tests.waiting import until

SECONDS = 180
_SETTLING_SECONDS = 15
_WARM_ROUNDS = 50
"""Of the ordinary client's requests before the first attack: memory grows with use by anybody."""


def measure() -> dict[str, dict[str, float]]:
    """Medians and worst of the ordinary client's answers, and memory."""
    return {"ordinary client": attacked(SECONDS)}


def attacked(seconds: float) -> dict[str, float]:
    """The figures of `measure` after attacks for so long, each of them at least once; and how often one failed."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "workspace"
        store = open_store(Settings(home=home))
        with running_studio(home) as studio, studio.client() as client:
            target = Target(studio.url, _served(store, Path(place)))
            for _ in range(_WARM_ROUNDS):
                _ask(client, {})
            before = _memory(home)
            with _asking(client) as taken:
                rounds = _attack(target, seconds)
            time.sleep(_SETTLING_SECONDS)
            after = _memory(home)
        store.close()
    figures = {"rounds of attacks": rounds, "requests": sum(target.answers.values()), "failed": taken.pop("failed")}
    for what, found in taken.items():
        figures |= {f"{what}: median_s": statistics.median(found), f"{what}: worst_s": max(found)}
    return figures | {"before_bytes": before, "after_bytes": after}


def _attack(target: Target, seconds: float) -> float:
    """How many rounds of all attacks went into `seconds`, at least one."""
    began, sent = time.monotonic(), 0
    while sent < len(ATTACKS) or time.monotonic() - began < seconds:
        ATTACKS[sent % len(ATTACKS)](target)
        sent += 1
    return sent / len(ATTACKS)


@contextmanager
def _asking(client: httpx.Client) -> Iterator[dict]:
    """An ordinary client at work; its seconds by what it asked for, and how often it `failed`."""
    taken: dict = {"failed": 0}
    ended = Event()

    def ask() -> None:
        while not ended.wait(0.2):
            _ask(client, taken)

    asking = Thread(target=ask)
    asking.start()
    try:
        yield taken
    finally:
        ended.set()
        asking.join()


def _ask(client: httpx.Client, taken: dict) -> None:
    for what, method, path, body in (
        ("answer", "POST", "/generate", {"prompt": "What is a harbour?", "max_tokens": 20}),
        ("jobs", "GET", "/api/jobs", None),
        ("page", "GET", "/", None),
        ("models", "GET", "/api/models", None),
    ):
        began = time.monotonic()
        try:
            failed = client.request(method, path, json=body).is_error
        except httpx.HTTPError:
            failed = True
        taken.setdefault(what, []).append(time.monotonic() - began)
        taken["failed"] = taken.get("failed", 0) + failed


def _served(store: Store, place: Path) -> str:
    """The address of a model server that the studio's supervisor has started, once it is ready."""
    f16, small = place / "f16.gguf", place / "starter.gguf"
    convert_to_gguf(STARTER_FOLDER, f16)
    quantize_gguf(f16, small, GgufType.Q4_K_M)
    deployment = create_deployment(store, OWNER, name="starter", purpose=Purpose.SERVE, model=str(small))

    def ready() -> Deployment | None:
        return row if (row := get_deployment(store, OWNER, deployment.id)).state == DeploymentState.READY else None

    return until(ready, progress=lambda: get_deployment(store, OWNER, deployment.id).state).address


def _memory(home: Path) -> int:
    """Bytes, each process's share of what it has in common with others."""
    found = 0
    for process in processes_of(home):
        with suppress(psutil.NoSuchProcess):  # those that prepare a request come and go
            found += process.memory_full_info().pss
    return found
