"""A clock that can be set for some processes only: a library loaded before all others that shifts the time of day.

What cannot be set on a real machine (the monotonic clock, the time since boot) stays as it is.
"""

import shutil
import subprocess
from pathlib import Path

_SOURCE = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long *ahead;

__attribute__((constructor)) static void find(void) {
    int file = open(getenv("CLOCK_AHEAD"), O_RDONLY);
    ahead = mmap(0, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = syscall(SYS_clock_gettime, clock, now);
    if ((clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) && ahead) now->tv_sec += *ahead;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int result = syscall(SYS_gettimeofday, now, zone);
    if (ahead) now->tv_sec += *ahead;
    return result;
}

time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}
"""


def compiler() -> str | None:
    """The C compiler of this machine."""
    return shutil.which("cc") or shutil.which("gcc")


class Clock:
    """The clock of every process that has `environment`; `folder` is for its files."""

    def __init__(self, folder: Path):
        source, library, self._ahead = folder / "clock.c", folder / "clock.so", folder / "ahead"
        source.write_text(_SOURCE)
        subprocess.run([compiler(), "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
        self._ahead.write_bytes(bytes(8))
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_AHEAD": str(self._ahead)}

    def set_ahead(self, seconds: int) -> None:
        """Set it this far ahead of the real one, or behind."""
        with self._ahead.open("r+b") as file:
            file.write(seconds.to_bytes(8, "little", signed=True))
