"""Opens a prepared dataset as a source, to prepare it again."""

from collections.abc import Iterator
from pathlib import Path

from core.data.rows import Row, Source
from core.data.store.datasets import open_tables
from core.manifests import MANIFEST, verify_manifest

_ROWS_AT_ONCE = 2_000


def open_dataset(folder: Path) -> Source:
    """The rows of a prepared dataset with their row numbers, and each with its `split`."""
    if (folder / MANIFEST).exists():
        verify_manifest(folder)
    tables = open_tables(folder)
    columns = list(dict.fromkeys(name for table in tables.values() for name in table.column_names if name != "row"))
    total = sum(len(table) for table in tables.values())
    read = [0]

    def rows() -> Iterator[Row]:
        for split, table in tables.items():
            for batch in table.to_batches(max_chunksize=_ROWS_AT_ONCE):
                for values in batch.to_pylist():
                    read[0] += 1
                    number = values.pop("row", read[0])
                    yield Row(number, {**values, "split": split})

    facts = {"kind": "dataset", "dataset": folder.name}
    return Source(facts, columns, rows(), position=lambda: (read[0], max(total, 1)))
