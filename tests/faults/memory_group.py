"""A control group with a limit of memory: where that is exceeded, the kernel kills the largest process in it."""

import re
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from tests.waiting import until

_VERSIONS = (
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.oom_control", "-1"),
    ("memory.max", "memory.current", "memory.events", "max"),
)
"""How versions 1 and 2 of control groups call a group's limit, what it uses, what was killed, and no limit at all."""
_SPARE_BYTES = 30_000_000
_OTHER_PROGRAM = "import sys; taken = [bytearray(b'x') * 30_000_000 for _ in sys.stdin]"


@cache
def place_for_groups() -> Path | None:
    """Our own control group, if another with a limit of memory can be made in it."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        probe = Path(f"/sys/fs/cgroup/{controllers}{path}/tunewright-probe")
        if controllers in ("memory", ""):
            with suppress(OSError):
                probe.mkdir(exist_ok=True)
                has_limit = any((probe / names[0]).exists() for names in _VERSIONS)
                probe.rmdir()
                if has_limit:
                    return probe.parent
    return None


class MemoryGroup:
    """A group for the processes started with `command`, without a limit at first."""

    def __init__(self, name: str):
        self._folder = place_for_groups() / name
        self._folder.mkdir()
        names = next(names for names in _VERSIONS if (self._folder / names[0]).exists())
        self._limit, self._used, self._killed = (self._folder / name for name in names[:3])
        self._unlimited = names[3]

    def command(self, *arguments: str) -> list[str]:
        return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self._folder), *arguments]

    def run_out(self) -> None:
        """Limit the group to what it uses, and have another program in it take more, until the kernel has killed a
        process; then give all of it back."""
        self._limit.write_text(str(int(self._used.read_text()) + _SPARE_BYTES))
        other = subprocess.Popen(self.command(sys.executable, "-c", _OTHER_PROGRAM), stdin=subprocess.PIPE)

        def has_killed() -> bool:
            other.stdin.write(b"more\n")
            other.stdin.flush()
            return int(re.search(r"^oom_kill (\d+)$", self._killed.read_text(), re.MULTILINE)[1]) > 0

        until(has_killed, lost=lambda: other.poll() is not None and "the other program has ended")
        self._limit.write_text(self._unlimited)
        other.communicate()

    def close(self) -> None:
        """Remove the group, once its last process has ended."""
        until(lambda: not (self._folder / "cgroup.procs").read_text().strip())
        self._folder.rmdir()
