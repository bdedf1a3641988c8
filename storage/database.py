"""The open database of a workspace, and its sessions for reading and writing."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, create_engine, inspect, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.errors import BusyError, DiskFullError, UnavailableError
from core.full_disk import disk_full, is_full, means_full_disk, require_room
from storage.json_columns import from_json, to_json
from storage.migrating import bring_up_to_date
from storage.moving import follow_move
from storage.reserve import Reserve
from storage.settings import Settings
from storage.sqlite import prepare_connections, refuse_network_mount, sound_sqlite
from storage.write_lock import write_lock_holder

NOT_NOW = (OperationalError, BusyError, DiskFullError)
"""Errors of a busy or full database: the same call may succeed a moment later."""
_BUSY_SECONDS = 30
_IDLE_CONNECTIONS, _MOST_CONNECTIONS = 2, 15
"""Connections kept open when idle, and open at most: each has a cache, and a rush must not leave fifteen behind."""


class Store:
    """The open database of one workspace. Its rows can still be read after their session has closed."""

    def __init__(self, settings: Settings, database: Path, writer: Engine, reader: Engine):
        self.settings = settings
        self.reserve = Reserve(database)
        self._database = database
        self._writer = writer
        self._reader = reader

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only session on one consistent snapshot; it waits for no writer."""
        with _naming_faults(self._database), Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock from its first statement; commits at the end, rolls back on an error.

        On a full disk it can still use the reserve; once that is spent too, it raises DiskFullError. Raises BusyError
        when another process keeps the lock for too long.
        """
        self.reserve.spend_if_full()
        with (
            _naming_faults(self._database),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
            session.flush()
            for row in session:
                if unread := inspect(row).expired_attributes:  # computed by the database, such as times
                    session.refresh(row, unread)

    def version(self) -> int:
        """A number that changes when another process commits anything; far cheaper than a query.

        For single-threaded processes: commits of this very connection do not change it.
        """
        with _naming_faults(self._database), closing(self._writer.raw_connection()) as connection:
            return connection.cursor().execute("PRAGMA data_version").fetchone()[0]

    def require_room(self) -> None:
        """Raise DiskFullError when nothing new may be started: the space left is for what is already running."""
        require_room(self._database, self.reserve.owed_bytes())

    def is_full(self) -> bool:
        """Whether the database's disk counts as full, so that rows may not have been written."""
        return is_full(self._database)

    def write_lock_holder(self) -> int | None:
        """The process that holds the write lock at this moment."""
        return write_lock_holder(self._database)

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()


def open_store(settings: Settings, busy_seconds: float = _BUSY_SECONDS) -> Store:
    """Open the database of `settings`, creating or migrating it first; safe when many processes do so at once.

    A writer waits `busy_seconds` for its turn before BusyError is raised. Raises UnavailableError when this is not
    Linux, no sound SQLite is there, the place is a network mount, or a newer Tunewright wrote it; DiskFullError when
    there is no database yet and no room for one.
    """
    _refuse_other_systems()
    with _naming_faults(settings.home):
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = make_url(settings.database_url or f"sqlite:///{settings.home / 'studio.db'}")
    if url.get_backend_name() != "sqlite" or not url.database:
        raise UnavailableError(
            f"{url.render_as_string()} is not an SQLite file.", "Unset TUNEWRIGHT_DATABASE_URL or name an SQLite file."
        )
    refuse_network_mount(Path(url.database).resolve().parent)
    with _naming_faults(Path(url.database)):
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
    prepare_connections(writer, begin="BEGIN IMMEDIATE")
    prepare_connections(reader, begin="BEGIN", after="PRAGMA query_only = ON")
    store = Store(settings, Path(url.database), writer, reader)
    store.reserve.spend_if_full()
    with _naming_faults(Path(url.database)):
        bring_up_to_date(writer, reader, Path(url.database))
        follow_move(writer, reader, settings.home)
    return store


@contextmanager
def _naming_faults(database: Path) -> Iterator[None]:
    """Turn what SQLite raises on a full disk into a DiskFullError, and for a database locked too long into a BusyError.

    For some of its files SQLite's message about the disk is less clear.
    """
    try:
        yield
    except DiskFullError:
        raise
    except Exception as error:
        said = str(getattr(error, "orig", error))
        unsaid = ("disk I/O error", "unable to open database file")
        if means_full_disk(error) or (said.startswith(unsaid) and is_full(database)):
            raise disk_full(database) from error
        if said.startswith("database is locked"):
            raise _locked(database) from error
        raise


def _locked(database: Path) -> BusyError:
    holder = write_lock_holder(database)
    return BusyError(
        f"The database is locked by another process{f' (PID {holder})' if holder else ''}.",
        f"Try again in a moment. If it stays locked, end what else uses {database.name}: a backup, a database browser.",
    )


def _keep_private(settings: Settings, database: Path) -> None:
    """Remove other users' permissions from the workspace, its logs and the database.

    SQLite gives its journals the permissions of the database; a new database is created here with the right ones.
    """
    with suppress(FileExistsError):
        os.close(os.open(database, os.O_CREAT | os.O_EXCL, 0o600))
    journals = (database.with_name(f"{database.name}{end}") for end in ("-wal", "-shm"))
    for path in (settings.home, settings.logs, database, *journals):
        with suppress(FileNotFoundError):  # journals come and go; logs come with the first job
            found = path.stat()
            is_ours = found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX  # and not a folder like /tmp
            if is_ours and found.st_mode & 0o077:
                path.chmod(stat.S_IMODE(found.st_mode) & 0o700)


def _refuse_other_systems() -> None:
    if sys.platform != "linux":
        raise UnavailableError(
            f"Tunewright runs on Linux; this is {sys.platform}.",
            "Use a Linux container or virtual machine (on Windows, WSL 2).",
        )
