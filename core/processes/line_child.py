"""A child process that answers each JSON line with one JSON line, and is killed if it takes too long.

Code that may hang, abort or exhaust memory runs in such a child, where it costs at most one answer.
"""

import json
import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import IO

from core.errors import TunewrightError


class LineChildError(TunewrightError):
    """The child missed a deadline or died; `message` says which, and during what."""


class LineChild:
    """Starts at the first request, and again after it was killed or died. Its first line says that it is ready."""

    def __init__(
        self,
        command: Sequence[str],
        start_seconds: float,
        *,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        stderr: IO | int | None = None,
    ):
        self._command = list(command)
        self._start_seconds = start_seconds
        self._settings = {"cwd": cwd, "env": env, "stderr": stderr}
        self._process: subprocess.Popen | None = None
        self._lock = Lock()

    def ask(self, request: dict, seconds: float, doing: str) -> dict:
        """The answer to `request`, one at a time. Raises LineChildError after `seconds`, or if the child dies."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()
            try:
                self._process.stdin.write(json.dumps(request).encode() + b"\n")
                self._process.stdin.flush()
            except BrokenPipeError:
                raise self._ended(doing) from None
            return self._answer(seconds, doing)

    def close(self) -> None:
        """Kill the child; the next request starts another."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None

    def _start(self) -> None:
        self.close()
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, **self._settings
        )
        self._answer(self._start_seconds, "starting")

    def _answer(self, seconds: float, doing: str) -> dict:
        deadline = time.monotonic() + seconds
        pieces: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not pieces or not pieces[-1].endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    self.close()
                    raise LineChildError(f"was stopped after {seconds:g} s of {doing}")
                piece = os.read(self._process.stdout.fileno(), 1 << 16)
                if not piece:
                    raise self._ended(doing)
                pieces.append(piece)
        return json.loads(b"".join(pieces))

    def _ended(self, doing: str) -> LineChildError:
        self.close()
        return LineChildError(f"ended by itself while {doing}")
