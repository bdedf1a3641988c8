"""The database opens only where it is safe, on the SQLite that is sound, and keeps writers and readers apart."""

import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from core.errors import BusyError, UnavailableError
from storage import database, endings, jobs
from storage.actors import OWNER
from storage.database import open_store
from storage.rows import Owner
from storage.settings import Settings
from storage.sqlite import refuse_network_mount, sound_sqlite
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(database.__file__).parent.parent

MOUNTS = """/dev/vda / ext4 rw 0 0
server:/home /mnt/team nfs4 rw 0 0
/dev/vdb /mnt/team/scratch ext4 rw 0 0
//server/share /mnt/a\\040share cifs rw 0 0
"""


def test_a_system_that_cannot_tell_processes_apart_is_refused_in_words(workspace, monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(UnavailableError, match="runs on Linux; this is darwin"):
        database.open_store(Settings())


def rights(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_workspace_is_its_owners_alone(workspace):
    """An older one, open to everyone, is corrected when it is opened."""
    before = os.umask(0)
    try:
        workspace.chmod(0o777)
        (workspace / "logs").mkdir(mode=0o777)
        database, new = workspace / "studio.db", workspace / "new" / "home"
        open_store(Settings()).close()
        database.chmod(0o666)
        opened, other = open_store(Settings()), open_store(Settings(home=new))
        with opened.write() as session, other.write() as session_of_other:
            session.execute(text("UPDATE owners SET id = id"))
            session_of_other.execute(text("UPDATE owners SET id = id"))
            for home in (workspace, new):
                assert rights(home) == 0o700
                for end in ("", "-wal", "-shm"):
                    assert rights(home / f"studio.db{end}") == 0o600, end
        assert rights(workspace / "logs") == 0o700
        opened.close()
        other.close()
    finally:
        os.umask(before)


def test_a_folder_for_everyone_is_left_as_it_is(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    open_store(Settings(home=shared)).close()
    assert rights(shared) == 0o777 and rights(shared / "studio.db") == 0o600


@pytest.mark.parametrize("folder", ["/mnt/team", "/mnt/team/me/workspace", "/mnt/a share/x"])
def test_a_network_mount_is_refused(folder, tmp_path):
    with pytest.raises(UnavailableError, match="network mount"):
        refuse_network_mount(Path(folder), MOUNTS)


@pytest.mark.parametrize("folder", ["/home/me", "/mnt/team/scratch/x", "/mnt/teams"])
def test_a_local_disk_is_not(folder):
    refuse_network_mount(Path(folder), MOUNTS)


@pytest.mark.parametrize(
    ("version", "sound"),
    [
        ((3, 40, 1), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_only_an_sqlite_with_the_fix_is_used(version, sound, monkeypatch):
    module = SimpleNamespace(sqlite_version_info=version, sqlite_version=".".join(map(str, version)))
    monkeypatch.setitem(sys.modules, "pysqlite3", SimpleNamespace(dbapi2=module))
    if sound:
        assert sound_sqlite() is module
    else:
        with pytest.raises(UnavailableError, match="can lose data"):
            sound_sqlite()


def test_commits_are_flushed_and_journalled(store):
    with store.write() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert session.scalar(text("PRAGMA foreign_keys")) == 1


def test_readers_neither_wait_for_a_writer_nor_write(store):
    with store.write() as writing:
        writing.add(Owner(id="second", name="Second"))
        writing.flush()
        with store.read() as reading:
            assert reading.get(Owner, "second") is None
    with store.read() as reading, pytest.raises(OperationalError, match="readonly"):
        reading.execute(text("DELETE FROM owners"))


def test_a_failed_write_leaves_nothing(store):
    with pytest.raises(ZeroDivisionError), store.write() as session:
        session.add(Owner(id="second", name="Second"))
        session.flush()
        1 / 0  # noqa: B018
    with store.read() as session:
        assert session.get(Owner, "second") is None


def test_two_writers_take_turns(store):
    impatient = open_store(store.settings, busy_seconds=0.1)
    with store.write() as first:
        first.get(Owner, "owner")
        assert store.write_lock_holder() == os.getpid()
        told = rf"locked by another process \(PID {os.getpid()}\)"
        with pytest.raises(BusyError, match=told), impatient.write() as second:
            second.get(Owner, "owner")
    assert store.write_lock_holder() is None
    impatient.close()


@pytest.mark.long
def test_eight_processes_may_open_an_empty_workspace_at_once(workspace):
    script = "from storage.database import open_store; from storage.settings import settings; open_store(settings())"
    openings = [subprocess.Popen([sys.executable, "-c", script], cwd=ROOT) for _ in range(8)]
    assert [opening.wait(PATIENCE_SECONDS) for opening in openings] == [0] * 8
    store = open_store(Settings())
    with store.read() as session:
        assert session.get(Owner, "owner")


def test_what_json_cannot_hold_is_still_told(store, claim):
    result = {"perplexity": math.inf, "losses": [1.5, math.nan], "path": Path("/tmp/x"), "size": np.float32(2)}
    done = endings.succeed(store, claim().id, 1, result)
    told = jobs.get_job(store, OWNER, done.id).result
    assert told == {"perplexity": None, "losses": [1.5, None], "path": "/tmp/x", "size": "2.0"}
