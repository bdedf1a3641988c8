"""Bringing the database up to date: write-ahead log and migrations, run by whichever process opens it first."""

import fcntl
import os
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from core.errors import UnavailableError

_MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(writer: Engine, reader: Engine, database: Path) -> None:
    """Switch to the write-ahead log and run all migrations; other processes wait for that or find it done.

    Raises UnavailableError when a newer Tunewright has written the database.
    """
    if database.stat().st_size and _revision(reader) == newest_revision():
        return
    from alembic import command  # here, since most processes return above and alembic is a fifth of their start time
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
    """The revision of the latest migration: the number its file name begins with."""
    return max(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(text("SELECT version_num FROM alembic_version"))
