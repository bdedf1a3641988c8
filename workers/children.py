"""Starting the child of a job or a deployment so that nothing ties it to its parent, ending it, naming its death."""

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


@dataclass(frozen=True)
class Death:
    """How a child ended that did not finish: in `cause` for the database, in words for the person."""

    cause: DeathCause
    message: str
    remedy: str = "Look at the log."


class Child:
    """A child of this process, and what the kernel had to say about memory when it began."""

    def __init__(self, arguments: Sequence[str], log_path: Path, settings: Settings, threads: int, device: str | None):
        """Start `python -m workers` with `arguments`, in a session of its own, its output appended to `log_path`.

        A file never blocks the child, whether or not anyone reads it. Raises OSError.
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
        """Whether it has ended; then whatever it had started itself is ended too."""
        if self.process.poll() is None:
            return False
        signal_group(self.process.pid, signal.SIGKILL)
        return True

    def age_seconds(self) -> float:
        return time.monotonic() - self._began_at

    def death(self) -> Death:
        """What it died of, from its exit status."""
        return name_death(self.process.returncode, out_of_memory_kills() > self._kills_before)


def _environment(settings: Settings, threads: int, device: str | None) -> dict[str, str]:
    """Threads that spin as long as they like while they wait slow other processes fifty times; those that never spin
    are woken thousands of times a step, which takes a third of it. Set before any library loads."""
    return os.environ | {
        "TUNEWRIGHT_HOME": str(settings.home),
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "1000",
        "TOKENIZERS_PARALLELISM": "false",
        "TQDM_DISABLE": "1",  # bars are drawn for a terminal; a log is read
        "CUDA_VISIBLE_DEVICES": device or "",
        **hub_environment(settings),
    }


def name_death(status: int, out_of_memory: bool) -> Death:
    """The death of a child with this exit `status` (negative: the signal), when it had not finished its job."""
    if status >= 0:
        return Death(DeathCause.ERROR, f"its process ended with status {status} before the job did")
    number = signal.Signals(-status)
    if number == signal.SIGKILL and out_of_memory:
        return Death(
            DeathCause.OUT_OF_MEMORY,
            "the memory ran out and the kernel killed its process",
            "Take a smaller batch, a shorter sequence length or a smaller model, or close other programs.",
        )
    if number in _CRASHES:
        return Death(DeathCause.NATIVE_CRASH, f"a native library crashed its process ({number.name})")
    return Death(DeathCause.KILLED, f"its process was killed ({number.name})")


def name_disappearance(log_path: Path, attempt: int, out_of_memory: bool) -> Death:
    """The death of a process that was not our child, so that no exit status is known: its log may tell."""
    try:
        with log_path.open("rb") as file:
            file.seek(max(0, log_path.stat().st_size - _LOG_TAIL_BYTES))
            said = file.read().rpartition(f"attempt {attempt} begins".encode())[2]
    except FileNotFoundError:
        said = b""
    if b"Fatal Python error" in said:  # what faulthandler writes
        return Death(DeathCause.NATIVE_CRASH, "a native library crashed its process")
    return name_death(-signal.SIGKILL, out_of_memory)


def signal_group(process_id: int, number: signal.Signals) -> None:
    """Send a signal to a child and all that it started, if any of them is still there."""
    with suppress(ProcessLookupError):  # all of them have ended: nothing left to tell
        os.killpg(process_id, number)


def signal_process_of(row: RunsInProcess, number: signal.Signals) -> None:
    """Send a signal to the group of the process recorded in `row`, if it is provably still that one."""
    if fate_of(row) == Fate.ALIVE:
        signal_group(row.process_id, number)


def kill_process_of(row: RunsInProcess, seconds: float = 2) -> None:
    """SIGKILL the group of the process recorded in `row`; return when it is gone, or after `seconds`."""
    signal_process_of(row, signal.SIGKILL)
    deadline = time.monotonic() + seconds
    while fate_of(row) == Fate.ALIVE and time.monotonic() < deadline:
        time.sleep(0.02)


def clear_away(row: RunsInProcess) -> None:
    """SIGKILL what the process recorded in `row`, now gone, has left behind in its group."""
    if fate_of(row) == Fate.GONE and not exists(row.process_id):
        signal_group(row.process_id, signal.SIGKILL)
