"""A dataset of a million rows of 0.9 KB in a workspace, and the memory of a web process while something happens."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import psutil
import pyarrow as pa

from core.specs import ArtifactKind, JobKind, PrepareSpec
from storage.artifacts import NewArtifact
from storage.database import open_store
from storage.settings import Settings
from tests.succeeded import succeeded

MILLION = 1_000_000
RARE, RARE_ROW, TOPICS = "Zyzzyva", 765_432, 17
_ROWS_A_BATCH, _ROWS_A_SHARD = 10_000, 100_000
_COMMON = "the quick brown fox jumps over the lazy dog while seven wizards box and nobody says why at all; "
_SCHEMA = pa.schema({name: pa.string() for name in ("instruction", "input", "output", "topic", "tags")} | {
    "row": pa.int64()
})  # fmt: skip


def make_million(home: Path) -> None:
    """A dataset `million`, all rows in its training split, as if a job had made it in the workspace `home`."""
    folder = home / "datasets" / "million_dataset"
    (folder / "train").mkdir(parents=True)
    names = [f"data-{start // _ROWS_A_SHARD:05}.arrow" for start in range(0, MILLION, _ROWS_A_SHARD)]
    for number, name in enumerate(names):
        with pa.OSFile(str(folder / "train" / name), "wb") as file, pa.ipc.new_stream(file, _SCHEMA) as writer:
            for start in range(number * _ROWS_A_SHARD, (number + 1) * _ROWS_A_SHARD, _ROWS_A_BATCH):
                writer.write_batch(_batch(range(start + 1, start + _ROWS_A_BATCH + 1)))
    contents = {
        "train/state.json": {"_data_files": [{"filename": name} for name in names]},
        "dataset_dict.json": {"splits": ["train"]},
        "data_report.json": {"name": "million", "splits": {"train": MILLION}},
    }
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content))
    _register(home, folder)


def _batch(rows: range) -> pa.RecordBatch:
    columns = [
        [f"Question {row * 7919 % MILLION:06} of many?" for row in rows],
        [""] * len(rows),
        [f"{row * 104_729 % MILLION:06} {_COMMON * (7 + row % 4)}{RARE if row == RARE_ROW else ''}" for row in rows],
        [f"topic {row % TOPICS}" for row in rows],
        ["seen, hard" if row % 1000 == 0 else "" for row in rows],
        list(rows),
    ]
    return pa.record_batch(columns, schema=_SCHEMA)


def _register(home: Path, folder: Path) -> None:
    store = open_store(Settings(home=home))
    spec = PrepareSpec(name="million", output_dir=str(folder.parent), source="sample", num_samples=1)
    made = NewArtifact(ArtifactKind.DATASET, "million", str(folder), 0)
    succeeded(store, JobKind.PREPARE, spec, {}, [made])
    store.close()


@contextmanager
def watched_memory(pid: int) -> Iterator[dict[str, int]]:
    """`grown_bytes`, filled in at the end: how much more memory a process had at its worst than at the beginning."""
    process, ended, seen = psutil.Process(pid), Event(), []
    before = process.memory_info().rss

    def watch() -> None:
        while not ended.wait(0.05):
            seen.append(process.memory_info().rss)

    watcher, figures = Thread(target=watch), {}
    watcher.start()
    try:
        yield figures
    finally:
        ended.set()
        watcher.join()
        figures["grown_bytes"] = max([before, *seen]) - before
