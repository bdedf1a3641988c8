"""SQLite itself: a version without known data loss, a file system on which it can lock, settings of each connection."""

from functools import partial
from pathlib import Path
from types import ModuleType

from sqlalchemy import Engine, event

from core.errors import UnavailableError

NETWORK_FILESYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "ncpfs", "afs", "ceph", "lustre", "beegfs", "gpfs", "ocfs2",
     "gfs2", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "davfs", "fuse.davfs2"}
)  # fmt: skip


def sound_sqlite() -> ModuleType:
    """The SQLite module without the WAL-reset fault (fixed in 3.51.3, 3.50.7 and 3.44.6): bundled, else Python's.

    Raises UnavailableError when neither has the fix.
    """
    try:
        from pysqlite3 import dbapi2 as sqlite
    except ImportError:
        import sqlite3 as sqlite
    if not _has_wal_fix(sqlite.sqlite_version_info):
        raise UnavailableError(
            f"SQLite {sqlite.sqlite_version} can lose data when several processes write.",
            "Install pysqlite3 as requirements.txt pins it (`make run` does).",
        )
    return sqlite


def _has_wal_fix(version: tuple[int, int, int]) -> bool:
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def refuse_network_mount(folder: Path, mounts: str | None = None) -> None:
    """Raise UnavailableError when `folder` is on a network mount, where SQLite's locks do not hold.

    `mounts` is the text of /proc/self/mounts, read from there when None.
    """
    if mounts is None:
        table = Path("/proc/self/mounts")
        mounts = table.read_text(encoding="utf-8", errors="surrogateescape") if table.exists() else ""
    kinds = {}
    for line in mounts.splitlines():
        _, place, kind, *_ = line.split(" ")
        kinds[Path(place.replace("\\040", " "))] = kind  # a later mount on the same place hides the earlier one
    kind = next((kinds[place] for place in (folder, *folder.parents) if place in kinds), "")
    if kind in NETWORK_FILESYSTEMS:
        raise UnavailableError(
            f"{folder} is on a network mount ({kind}), where SQLite cannot lock safely.",
            "Set TUNEWRIGHT_HOME to a folder on a local disk.",
        )


def prepare_connections(engine: Engine, begin: str, after: str = "") -> None:
    """Set up each new connection of `engine`; transactions start with `begin`, and `after` runs once."""

    @event.listens_for(engine, "connect")
    def _settle(connection, _record) -> None:
        connection.isolation_level = None  # the module must not begin transactions by itself
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")  # an invalid row is still read
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -256")  # KiB each for up to fifteen; the system caches the file
        connection.execute("PRAGMA temp_store = MEMORY")  # sorting must work on a full disk
        if after:
            connection.execute(after)

    @event.listens_for(engine, "begin")
    def _begin(connection) -> None:
        connection.exec_driver_sql(begin)
