"""How Alembic runs the steps: on the connection and in the transaction that storage/database.py has opened."""

from alembic import context

from storage.rows import Row

# SQLite undoes table changes with their transaction: a migration happens whole or not at all.
context.configure(
    connection=context.config.attributes["connection"], target_metadata=Row.metadata, transactional_ddl=True
)
context.run_migrations()
