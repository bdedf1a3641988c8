"""A real disk that is really full: a small file system in memory, seen by the processes that are started inside it."""

import os
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1_000_000
_FILLER = "filler"
_WAYS = {
    ("unshare", "--user", "--map-root-user", "--mount"): ("--user", "--mount", "--preserve-credentials"),
    ("unshare", "--mount"): ("--mount",),  # root, where users may have no namespace of their own
}
"""How to begin a mount namespace, and how another process enters it."""


@cache
def way_to_mount() -> tuple[str, ...] | None:
    """The first way to begin a namespace in which a file system can be mounted; None where there is none."""
    for way in _WAYS:
        tried = [*way, "mount", "-t", "tmpfs", "-o", "size=64k", "small", "/mnt"]
        if subprocess.run(tried, capture_output=True).returncode == 0:
            return way
    return None


class SmallDisk:
    """A file system of a size, mounted at `place` where only processes of its namespace see it.

    `command` runs one there; `seen` shows it to everyone else.
    """

    def __init__(self, place: Path, size_bytes: int):
        place.mkdir(parents=True, exist_ok=True)
        self._mount = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "small", str(place)]
        way = way_to_mount()
        self._entering = _WAYS[way]
        self._holder = subprocess.Popen(
            [*way, "sh", "-c", '"$@" && echo mounted && exec cat', "sh", *self._mount],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._holder.stdout.readline() == "mounted\n"
        self.place = place
        self.seen = Path(f"/proc/{self._holder.pid}/root{place}")

    def command(self, *arguments: str) -> list[str]:
        in_checkout = ["sh", "-c", 'cd "$0" && exec "$@"', str(ROOT)]  # who enters a namespace stands in its root
        return ["nsenter", "--target", str(self._holder.pid), *self._entering, *in_checkout, *arguments]

    def run(self, script: str, *arguments: str) -> str:
        """What a Python script says that runs inside; it finds the checkout and its tests, and must succeed."""
        command = self.command(sys.executable, "-c", script, *arguments)
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def free_bytes(self) -> int:
        there = os.statvfs(self.seen)
        return there.f_bavail * there.f_frsize

    def fill(self, leaving: int = 0) -> None:
        """Take all that is free but `leaving` bytes."""
        with (self.seen / _FILLER).open("ab") as file:
            file.seek(0, os.SEEK_END)
            while (more := self.free_bytes() - leaving) > 0:
                with suppress(OSError):  # somebody else took some of it at this very moment
                    os.posix_fallocate(file.fileno(), file.tell(), more)
                    return

    def clear(self) -> None:
        """Give back what `fill` took."""
        (self.seen / _FILLER).unlink()

    def grow(self, size_bytes: int) -> None:
        subprocess.run(self.command("mount", "-o", f"remount,size={size_bytes}", str(self.place)), check=True)

    def close(self) -> None:
        self._holder.stdin.close()
        self._holder.wait(timeout=PATIENCE_SECONDS)
