"""The workers' own entry, with stages that misbehave on purpose in place of the benchmark's.

`python tests/workers/stages.py supervisor | job …` is `python -m workers …`, but a benchmark job runs the function
below that its first model names, and a model server loads no model. Everything else is the real thing.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)  # the checkout, as `python -m` would have it

from core.artifacts import publish, publish_file, staging_folder  # noqa: E402
from core.errors import InputError  # noqa: E402
from core.reporting import Reporter, Stopped  # noqa: E402
from core.specs import ArtifactKind, BenchmarkSpec, JobKind  # noqa: E402
from storage import serving  # noqa: E402
from storage.artifacts import NewArtifact  # noqa: E402
from storage.database import open_store  # noqa: E402
from storage.settings import settings  # noqa: E402
from workers import children, handlers  # noqa: E402
from workers.__main__ import main  # noqa: E402


def quick(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    """Reports, publishes a folder, is done."""
    for step in range(1, 11):
        reporter.metric(step, loss=1 / step)
        reporter.progress(step, 10, "Counting")
    reporter.event("counted", upto=10)
    folder = Path(spec.output_dir) / "made"
    staged = staging_folder(folder, reporter.attempt)
    environment = {"nice": os.nice(0), "session": os.getsid(0) == os.getpid(), **os.environ}
    (staged / "environment.json").write_text(json.dumps(environment))
    publish(staged, folder, reporter)
    return {"made": str(folder)}


def endless(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    """Reports, logs and publishes without end, as fast as it can, until asked to stop."""
    step = 0
    while not (request := reporter.stop_requested()):
        step += 1
        reporter.metric(step, loss=1 / step)
        reporter.progress(step, 1e6, "Counting")
        print("step", step)
        staged = Path(spec.output_dir) / f".count.{reporter.attempt}.partial"
        staged.write_text(str(step))
        publish_file(staged, Path(spec.output_dir) / "count", reporter)
        time.sleep(0.001)
    raise Stopped(request)


def locking(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    """Holds the database's write lock until it is ended; a second attempt waits."""
    reporter.progress(1, 2, "Holding")
    reporter.flush()
    if reporter.attempt.endswith(".1"):
        with open_store(settings()).write() as session:
            session.connection()
            time.sleep(600)
    time.sleep(600)
    return {}


def deaf(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    """Hears no request and no SIGTERM, and has a child of its own."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    reporter.event("deaf", child=sleeper.pid)
    reporter.flush()
    time.sleep(600)
    return {}


def talkative(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    """Writes eight megabytes to standard output and error, some of it past Python."""
    for number in range(400):
        print(f"{number} " + "x" * 10_000)
        os.write(2, b"y" * 9_999 + b"\n")
        time.sleep(0.005)
    return {}


def chatty(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    """Prints four megabytes."""
    for number in range(400):
        print(f"{number} " + "x" * 10_000)
        time.sleep(0.005)
    return {}


def crash(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    """A native library's fault."""
    ctypes.string_at(0)
    return {}


def crash_once(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    if reporter.attempt.endswith(".1"):
        os.abort()
    return {"attempt": reporter.attempt}


def refuse(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    raise InputError("The dataset has no rows.", "Give it some.")


def stumble(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    return {"never": [].pop()}


def starve(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    raise MemoryError


def cramped(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    """A library cannot be loaded for lack of memory, in the dynamic linker's words."""
    raise ImportError("libtorch_cpu.so: failed to map segment from shared object")


def leave_silently(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    os._exit(3)


def fill_disk(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    """Stages more than fits on the disk of its output folder."""
    staged = staging_folder(Path(spec.output_dir) / "big", reporter.attempt)
    with (staged / "weights").open("wb") as file:
        while True:
            file.write(os.urandom(1 << 18))


def crowded(spec: BenchmarkSpec, reporter: Reporter) -> dict:
    """Somebody else fills the disk of the workspace, to the last byte, while the first attempt runs."""
    if reporter.attempt.endswith(".1"):
        with (settings().home / "others").open("wb", buffering=0) as others:
            while True:
                others.write(bytes(4096))
    return {}


STAGES = {
    stage.__name__: stage
    for stage in (
        quick, endless, locking, deaf, talkative, crash, crash_once, refuse, stumble, starve, leave_silently, fill_disk,
        crowded, chatty, cramped,
    )
}  # fmt: skip


def _run(spec: BenchmarkSpec, reporter: Reporter) -> handlers.Made:
    result = STAGES[spec.models[0]](spec, reporter)
    made = [NewArtifact(ArtifactKind.BENCHMARK, spec.name, result["made"], 0)] if "made" in result else []
    return result, made


def _serve(deployment_id: str) -> int:
    """A model server that is ready at once; it dies, or takes a while to end, when its model says so."""
    store = open_store(settings())
    model = serving.find_deployment(store, deployment_id).model
    if model == "broken":
        os.abort()
    if model == "slow to end":
        signal.signal(signal.SIGTERM, lambda *_: (print("told to end", flush=True), time.sleep(0.5), sys.exit(0)))
    serving.mark_ready(store, deployment_id, "http://127.0.0.1:1", os.getpid())
    time.sleep(600)
    return 0


if __name__ == "__main__":
    sys.modules["workers.model_server"] = SimpleNamespace(serve=_serve)
    handlers.HANDLERS[JobKind.BENCHMARK] = _run
    children.COMMAND = [sys.executable, __file__]
    sys.exit(main())
