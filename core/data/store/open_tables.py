"""Keeps the tables used last open, so that the next page of one costs next to nothing."""

from collections import OrderedDict
from pathlib import Path

from core.data.store.table import Table

_OPEN_TABLES = 3
_tables: OrderedDict[tuple[Path, int, int], Table] = OrderedDict()
"""By folder, inode and modification time."""


def open_table(folder: Path) -> Table:
    """The table of a folder. Closes those of deleted datasets first, which frees the disk space of their files."""
    for known in [known for known in _tables if known != _identity(known[0])]:
        del _tables[known]
    identity = _identity(folder)
    table = _tables.pop(identity, None) or Table(folder)
    while len(_tables) >= _OPEN_TABLES:
        _tables.popitem(last=False)
    _tables[identity] = table
    return table


def _identity(folder: Path) -> tuple[Path, int, int]:
    facts = folder.stat() if folder.is_dir() else None
    return (folder, facts.st_ino, facts.st_mtime_ns) if facts else (folder, 0, 0)
