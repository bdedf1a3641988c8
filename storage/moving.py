"""A workspace that was moved or copied: rewrites the paths in its database to the new folder."""

import json
from pathlib import Path

from sqlalchemy import Connection, Engine, text

_PATHS = {
    "jobs": ("output_dir", "log_path"),
    "deployments": ("model", "base_model", "reranker", "secret_path", "log_path"),
    "messages": ("model",),
}
"""Columns with an absolute path or a plain name."""
_JSON = {
    "jobs": ("spec", "result"),
    "events": ("details",),
    "artifacts": ("facts",),
    "conversations": ("models",),
    "drafts": ("values",),
}
"""JSON columns whose strings may be paths."""
_SOME_LOGS = """
SELECT * FROM (SELECT log_path FROM jobs ORDER BY created_at, id LIMIT 1)
UNION SELECT * FROM (SELECT log_path FROM jobs ORDER BY created_at DESC, id DESC LIMIT 1)
UNION SELECT * FROM (SELECT log_path FROM deployments LIMIT 1)
"""
"""Logs are in the workspace's `logs` folder, so their paths tell where it was when the row was written."""


def follow_move(writer: Engine, reader: Engine, home: Path) -> None:
    """Replace the folder the workspace had when its rows were written by `home`, if it has changed."""
    with reader.connect() as connection:
        if not _earlier_homes(connection, home):
            return
    with writer.begin() as connection:
        for earlier in _earlier_homes(connection, home):  # empty if another process has done it
            _replace(connection, f"{earlier}/", f"{home}/")


def _earlier_homes(connection: Connection, home: Path) -> set[Path]:
    logs = map(Path, connection.scalars(text(_SOME_LOGS)))
    return {log.parents[1] for log in logs if log.is_absolute() and log.parent.name == "logs"} - {home}


def _replace(connection: Connection, old: str, new: str) -> None:
    for table, columns in _PATHS.items():
        for column in columns:
            connection.execute(
                text(
                    f'UPDATE {table} SET "{column}" = :new || substr("{column}", length(:old) + 1) '
                    f'WHERE substr("{column}", 1, length(:old)) = :old'
                ),
                {"old": old, "new": new},
            )
    for table, columns in _JSON.items():
        for column in columns:
            connection.execute(
                text(f'UPDATE {table} SET "{column}" = replace("{column}", :old, :new) WHERE instr("{column}", :old)'),
                {"old": json.dumps(old)[:-1], "new": json.dumps(new)[:-1]},
            )
