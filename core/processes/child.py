"""Runs one step of an export in a process of its own: native code that aborts there ends the step, nothing else."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

from core.errors import TunewrightError
from core.full_disk import disk_full, says_full_disk, size_bytes, temporary_folder
from core.reporting import Reporter, Stopped

POLL_SECONDS = 0.2
STOP_SECONDS = 5
LOG_TAIL_BYTES = 20_000
LLAMA_CPP = Path(sys.prefix) / "share/llama.cpp"
"""llama.cpp's converter and its `gguf` package, put there by the set-up."""
_IMPORTED = os.pathsep.join(map(str, (Path(__file__).resolve().parents[2], LLAMA_CPP / "gguf-py")))


class ChildError(TunewrightError):
    """A process of an export failed, crashed or took too long; the message quotes what it said last."""


def run_child(
    arguments: list[str],
    doing: str,
    reporter: Reporter,
    limit_seconds: float = 4 * 3600,
    out: Path | None = None,
) -> None:
    """Run Python with `arguments` until it ends. If it fails, what it printed goes to our standard error, for the log.

    `doing` names the step in the error, `out` is the file it writes besides what is temporary. Raises ChildError,
    DiskFullError, or Stopped when the person wishes so.
    """
    environment = os.environ | {
        "PYTHONPATH": _IMPORTED,
        "PYTHONUNBUFFERED": "1",
        "HF_HUB_OFFLINE": "1",
        "GGML_NO_BACKTRACE": "1",  # its debugger session would bury what it said last
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        try:
            _wait(process, doing, reporter, limit_seconds)
        finally:
            _stop(process)
        if process.returncode != 0:
            said = _tail(log)
            print(said, file=sys.stderr)
            raise _failure(process.returncode, doing, said, out)


def _wait(process: subprocess.Popen, doing: str, reporter: Reporter, limit_seconds: float) -> None:
    deadline = time.monotonic() + limit_seconds
    while True:
        try:
            process.wait(POLL_SECONDS)
            return
        except subprocess.TimeoutExpired:
            if wish := reporter.stop_requested():
                raise Stopped(wish) from None
            if time.monotonic() > deadline:
                raise ChildError(f"{doing} was stopped after {limit_seconds:.0f} s.", "Try again.") from None


def _stop(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _tail(log: BinaryIO) -> str:
    log.seek(max(0, log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
    return log.read().decode(errors="replace")


def _failure(return_code: int, doing: str, said: str, out: Path | None) -> TunewrightError:
    if says_full_disk(said):
        return disk_full(out, size_bytes(out)) if out else disk_full(temporary_folder())
    if return_code < 0:
        name = signal.Signals(-return_code).name
        remedy = "Free memory and try again." if name == "SIGKILL" else "Run the set-up again: it checks llama.cpp."
        return ChildError(f"{doing} crashed ({name}).{_quoted(said)}", remedy)
    return ChildError(f"{doing} failed.{_quoted(said)}", "The job's log has the whole output.")


def _quoted(said: str) -> str:
    """The last line that looks like an error, or the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower() or "not supported" in line.lower()]
    return f" It said: {(telling or lines)[-1].removeprefix('core.errors.')[:300]}" if lines else ""
