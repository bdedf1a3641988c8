"""Which process holds the database's write lock, by the kernel's list of file locks."""

from pathlib import Path

_WRITE_LOCK_BYTE = 120
"""Of the `-shm` file, in write-ahead-log mode (SQLite's os_unix.c and wal.c: UNIX_SHM_BASE + WAL_WRITE_LOCK)."""


def write_lock_holder(database: Path) -> int | None:
    """The process that writes to `database` at this moment, or holds its write lock; None if there is none.

    Processes of other containers are not seen. SQLite's file is not opened for it: closing it again would release every
    lock of the calling process, as POSIX has it. Files are told apart by inode alone, since the kernel lists another
    device number than `stat` on overlays.
    """
    try:
        inode = str(database.with_name(f"{database.name}-shm").stat().st_ino)
    except FileNotFoundError:
        return None
    for line in Path("/proc/locks").read_text().splitlines():
        _, *waiting, _, _, access, process_id, place, first, last = line.split()
        if waiting or access != "WRITE" or place.rpartition(":")[2] != inode:
            continue
        if int(first) <= _WRITE_LOCK_BYTE and (last == "EOF" or int(last) >= _WRITE_LOCK_BYTE):
            return int(process_id)
    return None
