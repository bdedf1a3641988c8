"""An empty or older database is brought up to the tables that the code knows; a newer one is left alone."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from core.errors import UnavailableError
from core.specs import JobKind
from core.specs.kinds import Preferred
from storage import claims, database, deployments, votes
from storage.actors import OWNER
from storage.database import open_store
from storage.migrating import newest_revision
from storage.rows import Row
from storage.settings import Settings


def _migrations(connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(database.Path(database.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def test_models_and_migrations_agree(store):
    with store.write() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []


def test_an_older_database_keeps_its_rows(store, enqueue):
    job = enqueue()
    with store.write() as session:  # back to the first revision, in which there was nothing but jobs
        for table in (
            "remarks",
            "votes",
            "ratings",
            "visits",
            "drafts",
            "messages",
            "conversations",
            "deployments",
            "trash",
            "preferences",
            "sweeps",
        ):
            session.execute(text(f"DROP TABLE {table}"))
        for index in ("jobs_in_turn", "jobs_by_turn", "jobs_by_kind", "jobs_counted", "jobs_of_sweep"):
            session.execute(text(f"DROP INDEX {index}"))
        session.execute(text("CREATE INDEX jobs_in_turn ON jobs (state, kind, created_at)"))
        for column in ("turn", "tags", "notes", "archived_at", "sweep_id"):
            session.execute(text(f"ALTER TABLE jobs DROP COLUMN {column}"))
        for table in ("jobs", "artifacts"):
            session.execute(text(f"ALTER TABLE {table} DROP COLUMN trash_id"))
        command.stamp(_migrations(session.connection()), "0001")
    store.close()

    reopened = open_store(Settings())
    assert claims.claim(reopened, "w", [JobKind.PREPARE]).id == job.id
    assert deployments.list_deployments(reopened, OWNER) == []


def test_votes_of_before_criteria_stay_under_the_usual_question(store, enqueue):
    job = enqueue()
    votes.cast_vote(store, OWNER, job.id, 3, "base", "tuned", Preferred.TIE)
    cast = votes.votes_on(store, OWNER, job.id)[0]
    with store.write() as session:
        [made] = session.scalars(text("SELECT sql FROM sqlite_master WHERE name = 'votes'"))
        session.execute(text("ALTER TABLE votes RENAME TO later"))
        before = made.replace("criteria VARCHAR NOT NULL,", "").replace("criteria,", "")
        session.execute(text(before.replace("votes_by_criteria", "votes")))
        columns = 'id, owner_id, job_id, example, "left", "right", preferred, cast_at'
        session.execute(text(f"INSERT INTO votes ({columns}) SELECT {columns} FROM later"))
        session.execute(text("DROP TABLE later"))
        command.stamp(_migrations(session.connection()), "0010")
    store.close()

    [kept] = votes.votes_on(open_store(Settings()), OWNER, job.id)
    assert (kept.id, kept.criteria, kept.preferred, kept.cast_at) == (cast.id, "", Preferred.TIE, cast.cast_at)


def test_every_revision_follows_another(store):
    with store.read() as session:
        revisions = list(ScriptDirectory.from_config(_migrations(session.connection())).walk_revisions())
    assert [revision.down_revision for revision in revisions] == [r.revision for r in revisions[1:]] + [None]
    assert newest_revision() == revisions[0].revision  # by the name of its file alone


def test_a_newer_database_is_refused(store):
    with store.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UnavailableError, match="newer Tunewright"):
        open_store(Settings())
