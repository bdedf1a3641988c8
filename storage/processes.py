"""Which process works on a row, and what became of it: proven by pid, start time and boot id together."""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from storage.rows import RunsInProcess


class Fate(StrEnum):
    ALIVE = "alive"
    GONE = "gone"
    MACHINE_RESTARTED = "machine restarted"
    UNKNOWN = "unknown"
    """Not recorded, or in another container: only its lease can tell."""


@dataclass(frozen=True)
class ProcessIdentity:
    """Pids are reused, but not together with start time (clock ticks since boot) and boot id.

    `boot_id` is the kernel's, a dot, and the PID namespace in which `process_id` is valid.
    """

    process_id: int
    process_started: int
    boot_id: str


def identify(process_id: int) -> ProcessIdentity:
    """The identity of a process that exists here, if only as an unreaped child."""
    _state, started = _stat(process_id)
    return ProcessIdentity(process_id, started, _boot_id())


def this_process() -> ProcessIdentity:
    return identify(os.getpid())


def exists(process_id: int) -> bool:
    """Whether a process with this pid runs here."""
    return _started(process_id) is not None


def _started(process_id: int) -> int | None:
    """Start time of a running process. A zombie has ended and only waits to be reaped: None."""
    try:
        state, started = _stat(process_id)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else started


def _stat(process_id: int) -> tuple[str, int]:
    """State letter and start time; they follow the name in parentheses, which may contain anything."""
    state, *fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return state, int(fields[18])


def fate_of(row: RunsInProcess) -> Fate:
    """What has become of the process in `row`, as far as it can be proven from here."""
    if row.process_id is None:
        return Fate.UNKNOWN
    here = _boot_id()
    if row.boot_id.partition(".")[0] != here.partition(".")[0]:
        return Fate.MACHINE_RESTARTED
    if row.boot_id != here:
        return Fate.UNKNOWN
    return Fate.ALIVE if _started(row.process_id) == row.process_started else Fate.GONE


def _boot_id() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}.{os.stat('/proc/self/ns/pid').st_ino}"
