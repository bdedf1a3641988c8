"""Children of jobs and deployments: started independent of their parent, ended, and their cause of death named."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.specs import DeathCause
from storage.hub_token import hub_environment
from storage.processes import Fate, exists, fate_of
from storage.rows import RunsInProcess
from storage.settings import Settings
from workers.machine import out_of_memory_kills

COMMAND = [sys.executable, "-m", "workers"]
ROOT = Path(__file__).resolve().parent.parent
_CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGSYS})
_LOG_TAIL_BYTES = 1 << 16
_KILLED_REMEDY = (
    "If nobody ended it on purpose, find out what did: a shutdown, a container's limit, or a watchdog such as earlyoom "
    "or systemd-oomd."
)


@dataclass(frozen=True)
class Death:
    """Why a child ended before its job did: `cause` for the database, a message for people."""

    cause: DeathCause
    message: str
    remedy: str = "Look at the log."


class Child:
    """A child of this process, and the kernel's out-of-memory count when it began."""

    def __init__(self, arguments: Sequence[str], log_path: Path, settings: Settings, threads: int, device: str | None):
        """Start `python -m workers` with `arguments` in a new session, its output appended to `log_path`.

        Unlike a pipe, a file never blocks the child when nobody reads it. Raises OSError.
        """
        self._kills_before = out_of_memory_kills()
        self._began_at = time.monotonic()
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("ab") as output:
            self.process = subprocess.Popen(
                [*COMMAND, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=ROOT,
                env=_environment(settings, threads, device),
            )

    def ended(self) -> bool:
        """Whether it has ended; if so, its own children are killed."""
        if self.process.poll() is None:
            return False
        signal_group(self.process.pid, signal.SIGKILL)
        return True

    def age_seconds(self) -> float:
        return time.monotonic() - self._began_at

    def death(self) -> Death:
        """Its cause of death, by its exit status."""
        return name_death(self.process.returncode, out_of_memory_kills() > self._kills_before)


def _environment(settings: Settings, threads: int, device: str | None) -> dict[str, str]:
    """OpenMP threads that spin without limit while waiting slow other processes fifty-fold; threads that never spin are
    woken thousands of times a step, a third of its time. Must be set before any library loads."""
    return os.environ | {
        "TUNEWRIGHT_HOME": str(settings.home),
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "1000",
        "TOKENIZERS_PARALLELISM": "false",
        "TORCHDYNAMO_DISABLE": "1",  # nothing is compiled, and bitsandbytes would import the compiler: 2 s
        "TQDM_DISABLE": "1",  # progress bars belong on a terminal, not in a log
        "CUDA_VISIBLE_DEVICES": device or "",
        **hub_environment(settings),
    }


def name_death(status: int, out_of_memory: bool) -> Death:
    """The death of a child that exited with `status` (negative: a signal) before finishing its job."""
    if status >= 0:
        return Death(DeathCause.ERROR, f"its process ended with status {status} before the job did")
    number = signal.Signals(-status)
    if number == signal.SIGKILL and out_of_memory:
        return Death(
            DeathCause.OUT_OF_MEMORY,
            "the memory ran out and the kernel killed its process",
            "Use a smaller batch, a shorter sequence length or a smaller model, or close other programs.",
        )
    if number in _CRASHES:
        return Death(DeathCause.NATIVE_CRASH, f"a native library crashed its process ({number.name})")
    return Death(DeathCause.KILLED, f"its process was killed ({number.name})", _KILLED_REMEDY)


def name_disappearance(log_path: Path, attempt: int, out_of_memory: bool) -> Death:
    """The death of a process that was not our child: its exit status is unknown, but its log may tell."""
    try:
        with log_path.open("rb") as file:
            file.seek(max(0, log_path.stat().st_size - _LOG_TAIL_BYTES))
            said = file.read().rpartition(f"attempt {attempt} begins".encode())[2]
    except FileNotFoundError:
        said = b""
    if b"Fatal Python error" in said:  # what faulthandler writes
        return Death(DeathCause.NATIVE_CRASH, "a native library crashed its process")
    if out_of_memory:
        return name_death(-signal.SIGKILL, out_of_memory)
    words = "its process was killed, with no supervisor there to see by which signal"
    return Death(DeathCause.KILLED, words, _KILLED_REMEDY)


def signal_group(process_id: int, number: signal.Signals) -> None:
    """Send a signal to a child and its process group, if any of it is left."""
    with suppress(ProcessLookupError):  # all have ended
        os.killpg(process_id, number)


def signal_process_of(row: RunsInProcess, number: signal.Signals) -> None:
    """Send a signal to the group of the process in `row`, if that is provably still the same process."""
    if fate_of(row) == Fate.ALIVE:
        signal_group(row.process_id, number)


def kill_process_of(row: RunsInProcess, seconds: float = 2) -> None:
    """SIGKILL the group of the process in `row`; return when it is gone, or after `seconds`."""
    signal_process_of(row, signal.SIGKILL)
    deadline = time.monotonic() + seconds
    while fate_of(row) == Fate.ALIVE and time.monotonic() < deadline:
        time.sleep(0.02)


def leads_group_of(row: RunsInProcess, process_id: int) -> bool:
    """Whether a process is that of `row` or one that it has started."""
    try:
        return os.getpgid(process_id) == row.process_id
    except ProcessLookupError:  # it has ended
        return False


def clear_away(row: RunsInProcess) -> None:
    """SIGKILL what the process in `row`, now gone, has left behind in its group."""
    if fate_of(row) == Fate.GONE and not exists(row.process_id):
        signal_group(row.process_id, signal.SIGKILL)
