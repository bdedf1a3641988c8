"""Opening the database: the right SQLite, its journal, its migrations, and the sessions that read and write."""

import fcntl
import json
import math
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from types import ModuleType

from sqlalchemy import Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.errors import DiskFullError, UnavailableError
from core.full_disk import disk_full, is_full, means_full_disk, require_room
from core.values import mended
from storage.moving import follow_move
from storage.reserve import Reserve
from storage.settings import Settings

NETWORK_FILESYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "ncpfs", "afs", "ceph", "lustre", "beegfs", "gpfs", "ocfs2",
     "gfs2", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "davfs", "fuse.davfs2"}
)  # fmt: skip
NOT_NOW = (OperationalError, DiskFullError)
"""What comes of a database that is busy or has no room: the same may succeed a moment later."""
_BUSY_SECONDS = 30
_IDLE_CONNECTIONS, _MOST_CONNECTIONS = 2, 15
"""Kept open for the next to ask, and open at once: each keeps a cache, and a rush leaves no more than the first."""
_SHOWN_UNREADABLE = 200
_NOT_PLAIN = re.compile(r"\\u[dD][89a-fA-F]|NaN|Infinity")
_MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """The open database of one workspace. Rows it hands out can be read after their session has closed."""

    def __init__(self, settings: Settings, database: Path, writer: Engine, reader: Engine):
        self.settings = settings
        self.reserve = Reserve(database)
        self._database = database
        self._writer = writer
        self._reader = reader

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one consistent state of the database; it waits for nobody and cannot write."""
        with _naming_full_disks(self._database), Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock from its first statement; committed at the end, undone on an error.

        On a full disk it has the reserve to write into; once that is spent too, it raises DiskFullError.
        """
        self.reserve.spend_if_full()
        with (
            _naming_full_disks(self._database),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
            session.flush()
            for row in session:
                if unread := inspect(row).expired_attributes:  # what the database worked out, its clock's times
                    session.refresh(row, unread)

    def version(self) -> int:
        """A number that changes when another process commits anything; it costs a small part of a query.

        For a process with one thread: what this very connection commits changes nothing, what others do does.
        """
        with _naming_full_disks(self._database), closing(self._writer.raw_connection()) as connection:
            return connection.cursor().execute("PRAGMA data_version").fetchone()[0]

    def require_room(self) -> None:
        """Raise DiskFullError when nothing more may be asked for: what is left is for what goes on already."""
        require_room(self._database)

    def is_full(self) -> bool:
        """Whether the disk of the database counts as full, so that rows may have gone unwritten."""
        return is_full(self._database)

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()


def open_store(settings: Settings, busy_seconds: float = _BUSY_SECONDS) -> Store:
    """Open the database of `settings`, made or brought up to date first; safe when many processes open it at once.

    A writer waits `busy_seconds` for its turn before SQLAlchemy's OperationalError is raised. Raises
    UnavailableError when this is not Linux, no sound SQLite is there, the place is a network mount, or a newer
    Tunewright wrote it; DiskFullError when there is no database yet and no room for one.
    """
    _refuse_other_systems()
    with _naming_full_disks(settings.home):
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = make_url(settings.database_url or f"sqlite:///{settings.home / 'studio.db'}")
    if url.get_backend_name() != "sqlite" or not url.database:
        raise UnavailableError(
            f"{url.render_as_string()} is not an SQLite file.", "Unset TUNEWRIGHT_DATABASE_URL or name an SQLite file."
        )
    refuse_network_mount(Path(url.database).resolve().parent)
    with _naming_full_disks(Path(url.database)):
        _keep_private(settings, Path(url.database))
    module = sound_sqlite()
    options = {
        "module": module,
        "connect_args": {"timeout": busy_seconds},
        "pool_size": _IDLE_CONNECTIONS,
        "max_overflow": _MOST_CONNECTIONS - _IDLE_CONNECTIONS,
        "json_serializer": to_json,
        "json_deserializer": from_json,
    }
    writer, reader = create_engine(url, **options), create_engine(url, **options)
    _prepare_connections(writer, begin="BEGIN IMMEDIATE")
    _prepare_connections(reader, begin="BEGIN", after="PRAGMA query_only = ON")
    store = Store(settings, Path(url.database), writer, reader)
    store.reserve.spend_if_full()
    with _naming_full_disks(Path(url.database)):
        _bring_up_to_date(writer, reader, Path(url.database))
        follow_move(writer, reader, settings.home)
    return store


@contextmanager
def _naming_full_disks(database: Path) -> Iterator[None]:
    """Turn what SQLite raises on a full disk into a DiskFullError; for some of its files it has less telling words."""
    try:
        yield
    except DiskFullError:
        raise
    except Exception as error:
        said = str(getattr(error, "orig", error))
        unsaid = ("disk I/O error", "unable to open database file")
        if means_full_disk(error) or (said.startswith(unsaid) and is_full(database)):
            raise disk_full(database) from error
        raise


def _keep_private(settings: Settings, database: Path) -> None:
    """Take from everyone but the owner what others may do with the workspace, its logs and the database.

    SQLite gives its journals the rights of the database; a new one is made here, so that it never has others.
    """
    with suppress(FileExistsError):
        os.close(os.open(database, os.O_CREAT | os.O_EXCL, 0o600))
    journals = (database.with_name(f"{database.name}{end}") for end in ("-wal", "-shm"))
    for path in (settings.home, settings.logs, database, *journals):
        with suppress(FileNotFoundError):  # a journal comes and goes, logs come with the first job
            found = path.stat()
            is_ours = found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX  # and no folder for everyone
            if is_ours and found.st_mode & 0o077:
                path.chmod(stat.S_IMODE(found.st_mode) & 0o700)


def _refuse_other_systems() -> None:
    if sys.platform != "linux":
        raise UnavailableError(
            f"Tunewright runs on Linux; this is {sys.platform}.",
            "Use a Linux container or virtual machine (on Windows, WSL 2).",
        )


def to_json(value: object) -> str:
    """JSON that every reader takes: null for NaN and infinity, U+FFFD for half a character, words for the rest."""
    return json.dumps(_plain(value), default=str)


def from_json(text: str) -> dict:
    """The object in a text of JSON, as `to_json` would write it. Anything else reads as `{"unreadable": …}`:
    one bad row must not break its list."""
    try:
        value = json.loads(text)
        value = _plain(value) if _NOT_PLAIN.search(text) else value
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"unreadable": text[:_SHOWN_UNREADABLE]}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {mended(key) if isinstance(key, str) else key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if type(value) is str:
        return mended(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def sound_sqlite() -> ModuleType:
    """The SQLite module without the WAL-reset fault (fixed in 3.51.3, 3.50.7 and 3.44.6): bundled, else Python's."""
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
    """Raise UnavailableError where `folder` is on a network mount: SQLite's locks do not hold there.

    `mounts` is the text of /proc/self/mounts; read from there when None.
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


def _prepare_connections(engine: Engine, begin: str, after: str = "") -> None:
    @event.listens_for(engine, "connect")
    def _settle(connection, _record) -> None:
        connection.isolation_level = None  # the module must not begin transactions of its own
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")  # a bad row is read all the same
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -256")  # KiB; there may be fifteen, and the system caches the file
        connection.execute("PRAGMA temp_store = MEMORY")  # sorting must not need a disk that may be full
        if after:
            connection.execute(after)

    @event.listens_for(engine, "begin")
    def _begin(connection) -> None:
        connection.exec_driver_sql(begin)


def _bring_up_to_date(writer: Engine, reader: Engine, database: Path) -> None:
    """Write-ahead journal on and every migration run, by the first process; the others find it done or wait for it."""
    if database.stat().st_size and _revision(reader) == newest_revision():
        return
    from alembic import command  # late: every process passes by above, and alembic takes a fifth of its start
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    lock = os.open(database.with_name(f"{database.name}.opening"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with closing(writer.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
        with writer.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise UnavailableError(
            f"{database} was written by a newer Tunewright ({error}).", "Update Tunewright, or use another workspace."
        ) from error
    finally:
        os.close(lock)


def newest_revision() -> str:
    """The revision that the last migration leads to: the number its file begins with."""
    return max(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(text("SELECT version_num FROM alembic_version"))
