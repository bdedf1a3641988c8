"""A process that forks for every request, so that whatever a request costs or crashes ends with its fork.

The fork is killed at its deadline, and at once when its client disconnects.
"""

import asyncio
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from core.errors import UnavailableError

READY = b"+"
START_SECONDS = 60
_LATE_SECONDS = 2
"""How long past its deadline an answer is awaited: the kernel's timer ends the fork, not this process."""
_ROOT = Path(__file__).resolve().parents[2]


class ForkServer:
    """`start` it, then `wait` until it is ready; `close` ends it. It is started again if it has died.

    `command` gets one end of a socket pair as its standard input and sends READY over it. For each request it receives
    one end of another pair, over which a fork reads one line and answers with one line.
    """

    def __init__(self, command: Sequence[str], seconds: float):
        self._command = list(command)
        self._seconds = seconds
        self._process: subprocess.Popen | None = None
        self._control: socket.socket | None = None
        self._restarting = asyncio.Lock()

    def start(self) -> None:
        """Start the process, without waiting for it."""
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(self._command, cwd=_ROOT, stdin=theirs)

    def wait(self) -> None:
        """Return once the process is ready. Raises UnavailableError."""
        self._control.settimeout(START_SECONDS)
        try:
            received = self._control.recv(1)
        except TimeoutError:
            received = b""
        if received != READY:
            self.close()
            raise UnavailableError("The process that prepares requests could not be started.", "Look at the log.")
        self._control.setblocking(False)

    def close(self) -> None:
        """End the process."""
        if self._control:
            self._control.close()
            self._process.kill()
            self._process.wait()
            self._control = self._process = None

    async def answer(self, question: bytes) -> bytes:
        """The answer of a fork; without a newline at its end if the fork died before. Raises UnavailableError."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"?"], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise UnavailableError("The process that prepares requests has ended.", "Try again.") from error
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            writer.write(question)
            async with asyncio.timeout(self._seconds + _LATE_SECONDS):
                return await reader.read()
        except ConnectionError:  # the fork died before it had read the whole question
            return b""
        except TimeoutError:
            raise UnavailableError("The process that prepares requests does not answer.", "Try again.") from None
        finally:
            writer.transport.abort()  # ends the fork if it is still working

    async def ensure_running(self) -> None:
        """Start the process again if it has died."""
        async with self._restarting:
            if self._process is None or self._process.poll() is not None:
                self.close()
                self.start()
                await asyncio.to_thread(self.wait)
