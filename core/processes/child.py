"""Runs one step in a child process: if native code aborts there, only that step fails."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

from core.disk_space import size_bytes, temporary_folder
from core.errors import TunewrightError
from core.full_disk import disk_full, says_full_disk
from core.reporting import Reporter, Stopped

POLL_SECONDS = 0.2
STOP_SECONDS = 5
LOG_TAIL_BYTES = 20_000
LLAMA_CPP = Path(sys.prefix) / "share/llama.cpp"
"""llama.cpp's converter and its `gguf` package, installed by set-up."""
_IMPORTED = os.pathsep.join(map(str, (Path(__file__).resolve().parents[2], LLAMA_CPP / "gguf-py")))


class ChildError(TunewrightError):
    """A child process failed, crashed or took too long; the message quotes its output."""


def run_child(
    arguments: list[str],
    doing: str,
    reporter: Reporter,
    limit_seconds: float = 4 * 3600,
    out: Path | None = None,
) -> None:
    """Run Python with `arguments` until it ends. If it fails, its output goes to our standard error, and so to the log.

    `doing` names the step in errors; `out` is the file it writes. Raises ChildError, DiskFullError, or Stopped if the
    reporter asks to stop.
    """
    environment = os.environ | {
        "PYTHONPATH": _IMPORTED,
        "PYTHONUNBUFFERED": "1",
        "HF_HUB_OFFLINE": "1",
        "TORCHDYNAMO_DISABLE": "1",  # see workers/children.py
        "GGML_NO_BACKTRACE": "1",  # its debugger session would bury the error message
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
            if request := reporter.stop_requested():
                raise Stopped(request) from None
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
    return ChildError(f"{doing} failed.{_quoted(said)}", "The job's log has the full output.")


def _quoted(said: str) -> str:
    """The last line that looks like an error, otherwise the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower() or "not supported" in line.lower()]
    return f" It said: {(telling or lines)[-1].removeprefix('core.errors.')[:300]}" if lines else ""
